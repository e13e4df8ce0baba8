import { setTimeout as sleep } from 'node:timers/promises';

import { createMemoryHub, createMemoryTransport } from 'tablepick/messaging';
import { sagaTopics, startPayments } from 'tablepick/payments';
import type { ClassResult, ReconcileClass, ReconcileResult } from 'tablepick/reconcile';
import { startReservationSide } from 'tablepick/saga';

import type { ReconcileScene } from './reconcile-scene.js';

/** Runs `work` beside both services, which exchange messages in memory. */
export async function withServices(scene: ReconcileScene, work: () => Promise<void>): Promise<void> {
  const hub = createMemoryHub();
  const transport = createMemoryTransport(hub);
  await transport.createTopics(sagaTopics());
  const { database, payments, reservations, gateway } = scene;
  const side = await startReservationSide({ database, reservations, transport, expireEveryMs: 200 });
  const service = await startPayments({ database: payments, gateway, transport });
  try {
    await work();
  } finally {
    await Promise.all([side.stop(), service.stop()]);
    await transport.close();
  }
}

/** Guests reserve, cancel and let holds expire, all at once, over a few seconds. */
export async function playGuests({ reservations }: ReconcileScene): Promise<void> {
  const guests = Array.from({ length: 6 }, async (_, guest) => {
    for (let turn = 0; turn < 60; turn += 1) {
      const memberId = guest * 1000 + turn + 1;
      const request = { slotId: 1 + ((guest * 97 + turn * 7) % 40), memberId, partySize: 2 };
      const holdTtlMs = turn % 5 === 0 ? 30 : undefined;
      const outcome = await reservations.reserve({ ...request, idempotencyKey: `k${memberId}`, holdTtlMs });
      if (outcome.kind === 'reserved' && turn % 3 === 0) {
        await sleep(turn);
        await reservations.cancel({ reservationId: outcome.reservationId, memberId });
      }
      await sleep(100);
    }
  });
  await Promise.all(guests);
}

/** Waits until no message is waiting to be sent, and nothing was written for a while. */
export async function untilQuiet({ reservationSql, paymentSql }: ReconcileScene): Promise<void> {
  const pending = "SELECT COUNT(*) AS left_, (SELECT COUNT(*) FROM inbox) AS done FROM outbox WHERE status = 'PENDING'";
  let seen = '';
  for (let quiet = 0; quiet < 15;) {
    const now = JSON.stringify([await reservationSql(pending), await paymentSql(pending)]);
    quiet = now === seen && !/"left_":[1-9]/.test(now) ? quiet + 1 : 0;
    seen = now;
    await sleep(100);
  }
}

/** The result of a class. */
export function resultOf(result: ReconcileResult, name: ReconcileClass): ClassResult {
  const found = result.classes.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** The classes that list a reservation. */
export function classesOf({ classes }: ReconcileResult, id: number): ReconcileClass[] {
  return classes
    .filter(({ keys }) => keys.includes(id))
    .map(({ name }) => name)
    .toSorted();
}

/** The numbers of repaired and of left findings, of all classes. */
export function countsOf({ classes }: ReconcileResult): { fixed: number; left: number } {
  const sum = (count: 'fixed' | 'left') => classes.reduce((all, each) => all + each[count], 0);
  return { fixed: sum('fixed'), left: sum('left') };
}

/** Seat, heard payment, payment and compensation of a reservation. */
export async function stateOf(scene: ReconcileScene, id: number): Promise<string> {
  const [reservation] = await scene.reservationSql<{ status: string; heard: string | null }>(
    'SELECT {reservation.status} AS status, {reservation.paymentStatus} AS heard FROM {reservation} WHERE {reservation.id} = ?',
    [id],
  );
  const [payment] = await scene.paymentSql<{ status: string }>('SELECT status FROM payment WHERE reservation_id = ?', [
    id,
  ]);
  const [compensation] = await scene.reservationSql<{ state: string }>(
    'SELECT state FROM compensation WHERE reservation_id = ?',
    [id],
  );
  return [reservation?.status, reservation?.heard, payment?.status, compensation?.state]
    .map((state) => state ?? '-')
    .join(' ');
}
