import path from 'node:path';

import { visitImports } from './visit-imports.js';

/** Reports an import of a file of src/ or dist/ by a test that sees the package as a user does. */
export const testsImportThePackage = {
  meta: {
    type: 'problem',
    docs: { description: 'what lies in test/ imports tablepick by its name' },
    messages: {
      inside:
        'Tests in test/ import tablepick and its subpaths alone: a test of what is inside stands beside it in src/.',
    },
    schema: [],
  },
  create(context) {
    return visitImports((node, source) => {
      if (!source.startsWith('.')) return;
      const target = path.relative(context.cwd, path.resolve(path.dirname(context.filename), source));
      if (/^(src|dist)[\\/]/.test(target)) context.report({ node, messageId: 'inside' });
    });
  },
};
