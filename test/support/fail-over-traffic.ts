import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from 'tablepick/database';
import type { Reservations } from 'tablepick/reservations';
import { compilePlan, generateSlots, readRules, seedDemo, verifySlots } from 'tablepick/slots';
import { expect } from 'vitest';

/** Work that goes on until it is stopped. Then it gives its result. */
export interface Traffic<T> {
  stop(): Promise<T>;
}

/** Settings of {@link startGuests}. */
export interface GuestOptions {
  /** Requests under way at once, 1 or more. */
  lanes: number;
  /** Slots with the ids 1, 2, … */
  slots: number;
  /** The first member; the others follow. */
  firstMember: number;
  random: () => number;
}

/**
 * Guests who reserve for a short or a long time. Some of them cancel. The result is the number of calls by outcome or
 * error code.
 */
export function startGuests(reservations: Reservations, options: GuestOptions): Traffic<Record<string, number>> {
  const { lanes, slots, firstMember, random } = options;
  const ends: Record<string, number> = {};
  let isOver = false;
  let memberId = firstMember - 1;
  const count = async (call: Promise<{ kind: string; reservationId?: number }>): Promise<number | undefined> => {
    const end = await call.catch((error: { code?: string }) => ({ kind: `failed ${error.code ?? String(error)}` }));
    ends[end.kind] = (ends[end.kind] ?? 0) + 1;
    return 'reservationId' in end ? end.reservationId : undefined;
  };
  const serve = async (): Promise<void> => {
    while (!isOver) {
      memberId += 1;
      const guest = { memberId, partySize: 1 + Math.floor(random() * 3), idempotencyKey: `guest-${memberId}` };
      const holdTtlMs = random() < 0.3 ? 1000 + Math.floor(random() * 1000) : 600_000;
      const slotId = 1 + Math.floor(random() * slots);
      const reservationId = await count(reservations.reserve({ slotId, ...guest, holdTtlMs }));
      await sleep(random() * 50);
      if (reservationId === undefined || random() > 0.3) continue;
      await count(reservations.cancel({ reservationId, memberId: guest.memberId }));
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, serve));
  return { stop: async () => ((isOver = true), await all, ends) };
}

const DAYS = 20;

/** Generates slots of one range after the other. Each generation ends with its proof. The result is their number. */
export async function startGenerating(database: Database): Promise<Traffic<number>> {
  await seedDemo(database, 10);
  let isOver = false;
  let generations = 0;
  const generateAll = async (): Promise<number> => {
    for (; !isOver; generations += 1) {
      const from = new Date(Date.UTC(2030, 0, 1 + generations * DAYS)).toISOString().slice(0, 10);
      const range = { from, days: DAYS };
      const settings = { database, range, chunkRows: 300, workers: 2, strategy: 'batch' } as const;
      const result = await generateSlots({ ...settings, rules: readRules(database) });
      expect(result).toMatchObject({ state: 'finished', failed: 0 });
      expect(await verifySlots(database, await compilePlan(readRules(database), range))).toMatchObject({ ok: true });
    }
    return generations;
  };
  const all = generateAll();
  // A failure is thrown by `stop`.
  all.catch(() => {});
  return { stop: () => ((isOver = true), all) };
}
