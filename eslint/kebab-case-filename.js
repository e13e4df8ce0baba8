import path from 'node:path';

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/;

/** Reports a file whose name is not kebab-case. */
export const kebabCaseFilename = {
  meta: {
    type: 'suggestion',
    docs: { description: 'files are named in kebab-case' },
    messages: { name: '{{name}} is not kebab-case.' },
    schema: [],
  },
  create(context) {
    const name = path.basename(context.filename);
    return {
      Program(node) {
        if (!KEBAB_CASE.test(name)) context.report({ node, messageId: 'name', data: { name } });
      },
    };
  },
};
