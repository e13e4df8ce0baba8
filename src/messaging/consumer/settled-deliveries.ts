import { type ConsumerSettings, type Delivery, idOf } from './delivery.js';
import { isIgnored } from './find-handler.js';
import { findDead } from './inbox.js';
import type { Received } from '../transport.js';

/** After this time in its queue, a delivery is looked up again. A copy of it may have been handled or parked. */
const STALE_MS = 200;

/** Marks deliveries that waited long and are handled or dead letters by now. */
export async function lookAgain({ lookUps }: ConsumerSettings, deliveries: readonly Delivery[]): Promise<void> {
  const look = async (delivery: Delivery): Promise<void> => {
    delivery.isSettled = await lookUps.isSettled(idOf(delivery.received));
  };
  await Promise.all(deliveries.filter(isStale).map(look));
}

/** Marks those of a batch that are dead letters by now. Its notes will tell which were handled. */
export async function markDead(settings: ConsumerSettings, deliveries: readonly Delivery[]): Promise<void> {
  const dead = await findDead(
    settings,
    deliveries.map(({ received }) => idOf(received)),
  );
  for (const delivery of deliveries) delivery.isSettled ||= dead.has(idOf(delivery.received));
}

function isStale({ isSettled, failures, takenAtMs }: Delivery): boolean {
  return !isSettled && failures === 0 && performance.now() - takenAtMs >= STALE_MS;
}

/** Tells that a message is skipped. */
export function tellSkipped(
  { onEvent }: Pick<ConsumerSettings, 'onEvent'>,
  { key, headers }: Received,
  why: 'duplicate' | 'not-handled',
): void {
  onEvent?.({ kind: 'skipped', type: headers.type ?? '', id: headers.id ?? '', key, why });
}

/** Whether the group ignores a message. If so, tells it. */
export function skipIgnored(settings: ConsumerSettings, received: Received): boolean {
  if (!isIgnored(settings, received)) return false;
  tellSkipped(settings, received, 'not-handled');
  return true;
}
