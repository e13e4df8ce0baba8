// Makes the requests of the one JSON argument, so many at once, in a process of its own, and tells how each ended as a
// JSON line on stdout as soon as it is known. Says `ready` and waits for a line on stdin before.
import { once } from 'node:events';

import { connect } from 'tablepick/database';
import { createReservations } from 'tablepick/reservations';

const { url, poolSize, requests, atOnce, ...options } = JSON.parse(process.argv[2]);

const database = await connect({ url, poolSize });
const reservations = createReservations({ database, ...options });

async function askOn() {
  for (let next = requests.shift(); next !== undefined; next = requests.shift()) await ask(next);
}

async function ask(request) {
  const outcome = await reservations
    .reserve(request)
    .catch(({ code, message, retriable }) => ({ kind: 'failed', code, message, retriable }));
  process.stdout.write(`${JSON.stringify({ idempotencyKey: request.idempotencyKey, outcome })}\n`);
}

try {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  await Promise.all(Array.from({ length: atOnce }, askOn));
} finally {
  await reservations.close();
  await database.close();
  process.stdin.destroy();
}
