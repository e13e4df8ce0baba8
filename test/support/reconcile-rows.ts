import type { ReconcileScene } from './reconcile-scene.js';

/** All of them are of slot 1, which counts them. Those that are confirmed have heard of their payment. */
export async function putReservations(
  scene: ReconcileScene,
  rows: readonly [id: number, status: string][],
): Promise<void> {
  const columns = ['id', 'slotId', 'restaurantId', 'memberId', 'status', 'paymentStatus', 'createdAt'];
  for (const part of inParts(rows)) {
    await scene.reservationSql(
      `INSERT INTO {reservation} (${columns.map((column) => `{reservation.${column}}`).join(', ')}) VALUES
      ${part.map(([id, status]) => `(${id}, 1, 1, ${id}, '${status}', 'PAID', NOW(6) - INTERVAL 1 HOUR)`).join(', ')}`,
    );
  }
  await scene.reservationSql(`UPDATE {slot} SET {slot.capacity} = 99999, {slot.count} =
    (SELECT COUNT(*) FROM {reservation} WHERE {reservation.status} = 'CONFIRMED') WHERE {slot.id} = 1`);
}

/** All of them are an hour old and have a name at the provider. */
export async function putPayments(scene: ReconcileScene, rows: readonly [id: number, status: string][]): Promise<void> {
  for (const part of inParts(rows)) {
    const values = part.map(([id, status]) => `(${id}, '${status}', 1, 'KRW', 'p', NOW(6) - INTERVAL 1 HOUR)`);
    await scene.paymentSql(`INSERT INTO payment (reservation_id, status, amount, currency, provider_id, changed_at)
      VALUES ${values.join(', ')}`);
  }
}

function inParts<Row>(rows: readonly Row[]): Row[][] {
  const most = 3000;
  return Array.from({ length: Math.ceil(rows.length / most) }, (_, part) => rows.slice(part * most, (part + 1) * most));
}
