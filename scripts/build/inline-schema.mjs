import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { filesBelow } from './files-below.mjs';

/**
 * Copies the numbered .sql files of `schema` into `folder`. Replaces the module there that reads them by one that holds
 * their texts: a program that was bundled into one file has no folder beside it.
 */
export function inlineSchema(schema, folder) {
  cpSync(schema, path.join(folder, 'schema'), { recursive: true });
  const names = filesBelow(schema).filter((name) => /^\d{3}_\w+\.sql$/.test(name));
  const texts = names.map((name) => [name, readFileSync(path.join(schema, name), 'utf8')]);
  const text = `const texts = ${JSON.stringify(texts, undefined, 2)};\nexport function readSchemaTexts() {\n  return texts;\n}\n`;
  writeFileSync(path.join(folder, 'schema-texts.js'), text);
}
