import { setTimeout as sleep } from 'node:timers/promises';

/** A request of member `memberId` for a slot, with a key of the member's own. */
export function ask(memberId: number, slotId = 1) {
  return { slotId, memberId, partySize: 1, idempotencyKey: `k${memberId}` };
}

/** Id of the reservation in an outcome. */
export function idOf(outcome: object): number {
  return (outcome as { reservationId: number }).reservationId;
}

/** Waits until `holds` resolves with true. Fails after about half a minute. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 5) {
    if (waited > 30_000) throw new Error('waited 30 s in vain');
    await sleep(5);
  }
}
