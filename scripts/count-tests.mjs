// Prints "PASSED FAILED" of a vitest JSON report, then the failed tests with their reasons. A file that did not load
// counts as one failed test.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
console.log(report.numPassedTests, report.numFailedTests + unloaded.length);

for (const { name } of unloaded) console.log(`${name} did not load`);
for (const file of report.testResults) {
  for (const { status, fullName, failureMessages } of file.assertionResults) {
    if (status === 'failed') console.log(`${file.name} > ${fullName}\n${failureMessages.join('\n').slice(0, 4000)}\n`);
  }
}
