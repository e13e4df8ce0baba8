// Links bin/tablepick.js into node_modules/.bin, as an installed package has it: `npx tablepick` in a clone finds the
// build that stands there instead of building it once more for npx's own cache.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

const link = 'node_modules/.bin/tablepick';
mkdirSync('node_modules/.bin', { recursive: true });
rmSync(link, { force: true });
symlinkSync('../../bin/tablepick.js', link);
