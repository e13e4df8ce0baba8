// Prints "FAILED PATH" for each file of a vitest JSON report with failed tests. A file that did not load counts as one
// failed test.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));

for (const { name, status, assertionResults } of report.testResults) {
  const failed = assertionResults.filter((test) => test.status === 'failed').length;
  if (failed > 0 || (status === 'failed' && assertionResults.length === 0)) {
    console.log(Math.max(failed, 1), path.relative(process.cwd(), name));
  }
}
