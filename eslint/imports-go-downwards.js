import path from 'node:path';

import { visitImports } from './visit-imports.js';

/** The areas below the services. */
const GROUND = [
  'call-queue',
  'serve-halved',
  'closing',
  'in-parallel',
  'keep-doing',
  'time-zone',
  'abort',
  'retry',
  'file-errors',
  'redact',
  'check-option',
  'errors',
];

/** The areas of the services. */
const SERVICES = [
  'services',
  'servers',
  'reconcile',
  'notifications',
  'saga',
  'payments',
  'observe',
  'reservations',
  'slots',
  'messaging',
];

/** The areas that HTTP and the services above it may import. */
const BELOW_SERVERS = [
  'reconcile',
  'notifications',
  'saga',
  'payments',
  'messaging',
  'reservations',
  'observe',
  'database',
  'finding',
  ...GROUND,
];

/** The areas that each area of src/ may import. The order of the lines is the order of the layers. */
const MAY_IMPORT = {
  cli: ['testing', 'experiments', 'report', 'bench', ...SERVICES, 'sandbox', 'redis', 'database', 'finding', ...GROUND],
  index: ['database', 'retry', 'errors'],
  testing: [...SERVICES, 'redis', 'database', ...GROUND],
  experiments: ['report', 'bench', ...SERVICES, 'redis', 'database', ...GROUND],
  report: ['bench (types)', 'file-errors', 'redact', 'errors'],
  bench: ['errors'],
  services: ['servers', 'redis', ...BELOW_SERVERS],
  servers: BELOW_SERVERS,
  reconcile: ['saga', 'payments', 'messaging', 'reservations', 'database', ...GROUND],
  notifications: ['payments', 'messaging', 'database', ...GROUND],
  saga: ['payments', 'messaging', 'reservations', 'database', ...GROUND],
  payments: ['messaging', 'reservations', 'database', ...GROUND],
  observe: ['database', 'retry', 'abort', 'errors'],
  reservations: ['redis', 'database', ...GROUND],
  slots: ['messaging', 'database', ...GROUND],
  messaging: ['database', ...GROUND],
  sandbox: ['abort', 'file-errors', 'redact', 'errors'],
  redis: ['finding', 'retry', 'abort', 'redact', 'check-option', 'errors'],
  database: ['finding', 'time-zone', 'retry', 'abort', 'file-errors', 'redact', 'check-option', 'errors'],
  finding: [],
  'time-zone': [],
  'in-parallel': [],
  'call-queue': ['serve-halved', 'abort', 'errors'],
  'serve-halved': ['errors'],
  'keep-doing': ['abort', 'closing'],
  retry: ['abort', 'errors'],
  abort: [],
  'file-errors': ['errors'],
  redact: [],
  'check-option': ['errors'],
  closing: ['errors'],
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
