// Random reservations in a process of their own, as the one JSON argument says. Says `ready`, waits for a line on
// stdin, then plays and tells every call and its answer as JSON lines on stdout.
import { once } from 'node:events';

import { connect } from 'tablepick/database';
import { createRedisLock, createReservations, recordHistory } from 'tablepick/reservations';
import { playTraffic, seededRandom } from 'tablepick/testing';

const { url, poolSize, strategy, leaseMs, isolation, seatsPer, redisUrl, seed, ...traffic } = JSON.parse(
  process.argv[2],
);

const database = await connect({ url, poolSize });
const plain = createReservations({
  database,
  isolation,
  seatsPer,
  redisUrl,
  strategy: leaseMs === undefined ? strategy : createRedisLock({ leaseMs }),
});
const history = [];
try {
  // The first query of each connection belongs to the start, not to the play.
  await database.query('SELECT 1');
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  const reservations = recordHistory(plain, { add: (entry) => history.push(entry), seatsPer });
  await playTraffic({ ...traffic, reservations, random: seededRandom(seed) });
} finally {
  await plain.close();
  await database.close();
  process.stdin.destroy();
}
for (const entry of history) process.stdout.write(`${JSON.stringify(entry)}\n`);
