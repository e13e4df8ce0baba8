const LITERALS = new Set(['ArrayExpression', 'ObjectExpression']);
const WITHIN_TYPES = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

/**
 * Reports a literal that is spread into a literal of its kind: the compiler does not check the names of such an object.
 */
export const noLiteralSpread = {
  meta: {
    type: 'suggestion',
    docs: { description: 'properties and elements are written out' },
    messages: { spread: 'Write it out: a misspelt option in a literal that is spread is no error to the compiler.' },
    schema: [],
  },
  create(context) {
    return {
      SpreadElement(node) {
        const { parent, argument } = node;
        if (!LITERALS.has(parent.type) || withoutTypes(argument).type !== parent.type) return;
        context.report({ node, messageId: 'spread' });
      },
    };
  },
};

function withoutTypes(expression) {
  return WITHIN_TYPES.has(expression.type) ? withoutTypes(expression.expression) : expression;
}
