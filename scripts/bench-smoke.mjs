// Runs the benchmarks that the check of the guides leaves out, in a small size, with the peers and Kafka. Prints how
// long `tablepick --help` takes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

const HELP_RUNS = 7;
const reports = mkdtempSync(path.join(tmpdir(), 'tablepick-smoke-'));

try {
  console.log(`tablepick --help: ${medianHelpMs().toFixed(0)} ms (median of ${HELP_RUNS})`);
  runTablepick('bench', 'insert', '--rows', '2000', '--repeat', '1', '--peers', '--out', reports);
  const small = ['--clients', '20', '--reservations', '200', '--repeat', '1', '--out', reports];
  runTablepick('bench', 'transitions', ...small);
  const few = ['--clients', '20', '--requests', '200', '--repeat', '1', '--out', reports];
  runTablepick('bench', 'locks', '--strategies', 'combining', '--saga', ...few);
  const paced = ['--transport', 'kafka', '--rate', '50', '--duration', '1s', '--repeat', '1', '--out', reports];
  runTablepick('bench', 'relay', '--messages', '300', ...paced);
  const once = ['--transport', 'kafka', '--repeat', '1', '--out', reports];
  runTablepick('bench', 'consumer', '--messages', '2000', '--sample', '500', '--poison-every', '50', ...once);
  runTablepick('bench', 'saga', '--reservations', '100', '--sample', '50', ...paced);
} finally {
  rmSync(reports, { recursive: true, force: true });
}

function medianHelpMs() {
  const times = Array.from({ length: HELP_RUNS }, () => {
    const start = performance.now();
    execFileSync(process.execPath, ['bin/tablepick.js', '--help'], { stdio: 'ignore' });
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(HELP_RUNS / 2)];
}

function runTablepick(...words) {
  console.log(`tablepick ${words.join(' ')}`);
  execFileSync(process.execPath, ['bin/tablepick.js', ...words], { stdio: 'inherit' });
}
