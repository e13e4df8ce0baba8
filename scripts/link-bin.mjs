// Links bin/tablepick.js into node_modules/.bin, as an installed package has it: `npx tablepick` in a clone finds the
// build that stands there instead of building it once more for npx's own cache. An older link is replaced in one step,
// what is no link is left as it is.
import { lstatSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';

const link = 'node_modules/.bin/tablepick';
mkdirSync('node_modules/.bin', { recursive: true });
const found = lstatSync(link, { throwIfNoEntry: false });
if (found === undefined || found.isSymbolicLink()) {
  const draft = `${link}.${process.pid}.draft`;
  symlinkSync('../../bin/tablepick.js', draft);
  renameSync(draft, link);
} else {
  console.error(`${link} is no link and is left as it is: npx tablepick may run something else`);
}
