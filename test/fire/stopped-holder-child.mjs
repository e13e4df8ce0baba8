// Reserves once under redis-lock as the one JSON argument says, and stops itself with SIGSTOP when it holds the lock
// and is about to send its first statement. When it goes on, it tells how each of its transactions ended and how the
// request did, as one JSON line on stdout.
import { connect } from 'tablepick/database';
import { createRedisLock, createReservations } from 'tablepick/reservations';

const { url, redisUrl, leaseMs, request } = JSON.parse(process.argv[2]);

const database = await connect({ url });
const ends = [];
let stopped = false;

function execute(tx, ...statement) {
  if (!stopped) {
    stopped = true;
    process.kill(process.pid, 'SIGSTOP');
  }
  return tx.execute(...statement);
}

async function transaction(work, options) {
  try {
    const result = await database.transaction(
      (tx) => work({ ...tx, execute: (...statement) => execute(tx, ...statement) }),
      options,
    );
    ends.push('committed');
    return result;
  } catch (error) {
    ends.push(error.message);
    throw error;
  }
}

const reservations = createReservations({
  database: { ...database, transaction },
  redisUrl,
  strategy: createRedisLock({ leaseMs }),
});
try {
  const outcome = await reservations.reserve(request);
  process.stdout.write(`${JSON.stringify({ ends, outcome })}\n`);
} finally {
  await reservations.close();
  await database.close();
}
