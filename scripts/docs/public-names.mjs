// The names that the built package shows to its users: for each subpath of `exports` every name, with its declaration.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

/** Subpath ('' is the root) → its declaration file, as package.json says. */
export function readSubpaths() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = Object.entries(exports).filter(([, target]) => target.types !== undefined);
  return new Map(entries.map(([subpath, { types }]) => [subpath.slice(2), path.resolve(types)]));
}

/** Subpath → name → its symbol, sorted by name. */
export function readPublicNames() {
  const subpaths = readSubpaths();
  const program = ts.createProgram([...subpaths.values()], OPTIONS);
  const checker = program.getTypeChecker();
  const namesOf = (file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${path.relative('.', file)} is not there: npm run build`);
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
    const resolved = symbols.map((symbol) => [symbol.name, resolve(checker, symbol)]);
    return new Map(resolved.sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  return new Map([...subpaths].map(([subpath, file]) => [subpath, namesOf(file)]));
}

/** The subpath as a user writes it in an import. */
export function importName(subpath) {
  return subpath === '' ? 'tablepick' : `tablepick/${subpath}`;
}

function resolve(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}
