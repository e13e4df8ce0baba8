// A user's own program in a time zone of its own. It runs the statements of the library over mysql2 connections that
// are opened as users do.
import mysql from 'mysql2/promise';
import { defaultNames, schemaSql } from 'tablepick/database';
import { outboxStatements } from 'tablepick/messaging';
import { recordSaga } from 'tablepick/saga';

const { url, occurredAt, settings } = JSON.parse(process.env.TABLEPICK_TEST_JOB);
const record = recordSaga();

async function useConnection({ driver, session }, work) {
  const connection = await mysql.createConnection({ uri: url, ...driver });
  for (const statement of session) await connection.query(statement);
  await work(connection);
  await connection.end();
}

/** The statements for a given instant, and for a reservation that is paid and then cancelled, with a refund. */
function statementsOf(reservationId) {
  const change = {
    reservationId,
    slotId: 1,
    restaurantId: 1,
    memberId: 1,
    partySize: 1,
    groupId: null,
    reason: 'test',
    paymentStatus: 'PAID',
    traceparent: undefined,
  };
  const named = { id: `given-${reservationId}`, type: 'T', key: `k${reservationId}`, aggregate: 'a', data: {} };
  return [
    ...outboxStatements([{ ...named, occurredAt: new Date(occurredAt) }]),
    ...record([{ ...change, from: null, to: 'PENDING' }]),
    ...record([{ ...change, from: 'CONFIRMED', to: 'CANCELLED' }]),
  ];
}

const farAway = settings[0];
await useConnection({ ...farAway, driver: { ...farAway.driver, multipleStatements: true } }, (connection) =>
  connection.query(schemaSql(defaultNames)),
);
for (const [index, setting] of settings.entries()) {
  await useConnection(setting, async (connection) => {
    await connection.beginTransaction();
    for (const { sql, values } of statementsOf(index + 1)) await connection.query(sql, [...values]);
    await connection.commit();
  });
}
