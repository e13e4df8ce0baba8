const WIDTH = 120;

/** Reports a line of a comment that is wider than the code may be; prettier leaves comments as they are. */
export const commentWidth = {
  meta: {
    type: 'layout',
    docs: { description: 'comments keep to the print width' },
    messages: { wide: 'This line of a comment has {{length}} characters: {{most}} at most.' },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    return {
      Program() {
        for (const { loc } of sourceCode.getAllComments()) {
          for (let line = loc.start.line; line <= loc.end.line; line += 1) {
            const { length } = sourceCode.lines[line - 1];
            if (length > WIDTH)
              context.report({ loc: { line, column: 0 }, messageId: 'wide', data: { length, most: WIDTH } });
          }
        }
      },
    };
  },
};
