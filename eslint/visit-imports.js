/**
 * ESLint visitors that call `visit(node, source, typeOnly)` for every way of naming another module:
 * import, re-export, `import()` and the type `import('…')`.
 */
export function visitImports(visit) {
  const visitDeclaration = (node) => {
    if (node.source) visit(node, node.source.value, (node.importKind ?? node.exportKind) === 'type');
  };
  return {
    ImportDeclaration: visitDeclaration,
    ExportNamedDeclaration: visitDeclaration,
    ExportAllDeclaration: visitDeclaration,
    ImportExpression: (node) => {
      if (typeof node.source.value === 'string') visit(node, node.source.value, false);
    },
    TSImportType: (node) => visit(node, (node.source ?? node.argument.literal).value, true),
  };
}
