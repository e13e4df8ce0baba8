import path from 'node:path';

import { visitImports } from './visit-imports.js';

/** What each area of src/ may import; the order of the lines is the order of the layers. */
const MAY_IMPORT = {
  cli: [
    'index',
    'testing',
    'experiments',
    'report',
    'bench',
    'reconcile',
    'servers',
    'saga',
    'notifications',
    'payments',
    'observe',
    'reservations',
    'slots',
    'messaging',
    'sandbox',
    'redis',
    'database',
    'finding',
    'retry',
    'errors',
  ],
  index: [
    'experiments',
    'report',
    'bench',
    'reconcile',
    'servers',
    'saga',
    'notifications',
    'payments',
    'observe',
    'reservations',
    'slots',
    'messaging',
    'sandbox',
    'redis',
    'database',
    'retry',
    'errors',
  ],
  testing: [
    'reconcile',
    'servers',
    'saga',
    'notifications',
    'payments',
    'observe',
    'reservations',
    'slots',
    'messaging',
    'redis',
    'database',
    'retry',
    'errors',
  ],
  experiments: [
    'report',
    'bench',
    'reconcile',
    'servers',
    'saga',
    'notifications',
    'payments',
    'observe',
    'reservations',
    'slots',
    'messaging',
    'redis',
    'database',
    'retry',
    'errors',
  ],
  report: ['bench (types)', 'errors'],
  bench: ['errors'],
  reconcile: ['saga', 'payments', 'messaging', 'reservations', 'database', 'retry', 'errors'],
  servers: [
    'notifications',
    'saga',
    'reconcile',
    'payments',
    'messaging',
    'reservations',
    'observe',
    'database',
    'finding',
    'retry',
    'errors',
  ],
  notifications: ['messaging', 'payments', 'database', 'retry', 'errors'],
  saga: ['payments', 'messaging', 'reservations', 'database', 'retry', 'errors'],
  payments: ['messaging', 'reservations', 'database', 'retry', 'errors'],
  observe: ['database', 'retry', 'errors'],
  reservations: ['redis', 'database', 'retry', 'errors'],
  slots: ['messaging', 'database', 'retry', 'errors'],
  messaging: ['database', 'retry', 'errors'],
  sandbox: ['errors'],
  redis: ['finding', 'retry', 'errors'],
  database: ['finding', 'retry', 'errors'],
  finding: [],
  retry: ['errors'],
  errors: [],
};

/** Reports an import that goes up or sideways between the areas of src/. */
export const importsGoDownwards = {
  meta: {
    type: 'problem',
    docs: { description: 'imports between the areas of src/ go downwards only' },
    messages: {
      upwards: '{{from}} may not import {{to}}: imports go downwards only (see ARCHITECTURE.md).',
      typesOnly: '{{from}} may import only types of {{to}} (`import type`).',
      unknown: '{{area}} is not in the table of areas: give it a line in eslint/imports-go-downwards.js.',
      outside: 'src may not import {{to}}, which lies outside of it.',
    },
    schema: [],
  },
  create(context) {
    const src = path.join(context.cwd, 'src');
    const from = areaOf(src, context.filename);
    return visitImports((node, source, typeOnly) => {
      if (!source.startsWith('.')) return;
      const problem = judge(from, areaOf(src, path.resolve(path.dirname(context.filename), source)), typeOnly);
      if (problem) context.report({ node, ...problem });
    });
  },
};

function areaOf(src, file) {
  const relative = path.relative(src, file);
  return relative.startsWith('..') ? undefined : relative.split(path.sep)[0].replace(/\.[jt]s$/, '');
}

function judge(from, to, typeOnly) {
  if (from === to) return undefined;
  if (to === undefined) return { messageId: 'outside', data: { to: 'a file' } };
  const unknown = [from, to].find((area) => !(area in MAY_IMPORT));
  if (unknown) return { messageId: 'unknown', data: { area: unknown } };
  if (MAY_IMPORT[from].includes(to)) return undefined;
  if (!MAY_IMPORT[from].includes(`${to} (types)`)) return { messageId: 'upwards', data: { from, to } };
  return typeOnly ? undefined : { messageId: 'typesOnly', data: { from, to } };
}
