// What every worker process does: works as its one JSON argument says until its stdin ends, and tells on stdout in JSON
// lines what happens.
import { once } from 'node:events';

/** Tells the one who started it; resolves when it is written, so that a kill right after it loses nothing. */
export function tell(line) {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve()));
}

/** For `withFailpoints`. */
export function tellTriggered({ at, does }) {
  return tell({ kind: 'triggered', at, does });
}

/** `start` resolves with what ends its work. */
export async function runWorker(start) {
  process.stdin.resume();
  const ended = once(process.stdin, 'end');
  const stop = await start(JSON.parse(process.argv[2]));
  await tell({ kind: 'ready' });
  await ended;
  await stop();
}
