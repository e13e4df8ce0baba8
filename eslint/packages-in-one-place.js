import { isBuiltin } from 'node:module';
import path from 'node:path';

import { visitImports } from './visit-imports.js';

/** The one folder or file of src/ that may import each third-party package. */
const HOMES = {
  mysql2: 'database',
  '@redis/client': 'redis',
  'p-limit': 'in-parallel.ts',
  kafkajs: 'messaging',
  nodemailer: 'notifications',
  'prom-client': 'observe',
  cockatiel: 'payments',
  fastify: 'servers',
  '@fastify/ajv-compiler': 'servers',
  '@fastify/swagger': 'servers',
  '@fastify/cors': 'servers',
  jose: 'servers',
  commander: 'cli',
  chalk: 'cli',
  'cli-progress': 'cli',
};

/** Reports a third-party package imported outside its folder, or one that has no folder yet. */
export const packagesInOnePlace = {
  meta: {
    type: 'problem',
    docs: { description: 'a third-party package is imported in one place' },
    messages: {
      elsewhere: '{{name}} is imported in src/{{home}} only.',
      homeless: '{{name}} has no place in src: give it a line in eslint/packages-in-one-place.js.',
      bareBuiltin: 'write node:{{name}}.',
    },
    schema: [],
  },
  create(context) {
    const folder = path.relative(path.join(context.cwd, 'src'), context.filename).split(path.sep)[0];
    return visitImports((node, source) => {
      if (/^(\.|#|node:)/.test(source)) return;
      const name = packageName(source);
      const home = HOMES[name];
      if (isBuiltin(name)) context.report({ node, messageId: 'bareBuiltin', data: { name } });
      else if (!home) context.report({ node, messageId: 'homeless', data: { name } });
      else if (home !== folder) context.report({ node, messageId: 'elsewhere', data: { name, home } });
    });
  },
};

function packageName(source) {
  return source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/');
}
