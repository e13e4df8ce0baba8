import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Replaces the module that reads the numbered .sql files of `folder` by one that holds their texts: a program that was
 * bundled into one file has no folder beside it.
 */
export function inlineSchema(folder, module) {
  const names = readdirSync(folder).filter((name) => /^\d{3}_\w+\.sql$/.test(name));
  const texts = names.sort().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]);
  const text = `const texts = ${JSON.stringify(texts, undefined, 2)};\nexport function readSchemaTexts() {\n  return texts;\n}\n`;
  writeFileSync(module, text);
}
