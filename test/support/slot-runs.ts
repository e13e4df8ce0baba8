import { generateSlots } from 'tablepick/slots';
import type { GenerateEvent, GenerateResult, GenerateSlotsOptions } from 'tablepick/slots';

import type { SlotScene } from './slot-scene.js';

/** Number of restaurants in the scenes of runs. */
export const restaurants = 6;
/** 16 a day, on the four days of a scene. */
export const slotsOfRestaurant = 16 * 4;
export const slotsOfScene = restaurants * slotsOfRestaurant;

/** Generates the scene's slots. */
export function generate(scene: SlotScene, more: Partial<GenerateSlotsOptions> = {}): Promise<GenerateResult> {
  return generateSlots({ database: scene.database, rules: scene.rules(), range: scene.range, ...more });
}

/** Generates chunks of one restaurant each, and stops after `chunks` of them. */
export function generateUntil(
  scene: SlotScene,
  chunks: number,
  more: Partial<GenerateSlotsOptions> = { strategy: 'identity' },
): Promise<GenerateResult> {
  const stop = new AbortController();
  let done = 0;
  const onEvent = (event: GenerateEvent): void => {
    if (event.kind === 'chunk-done' && ++done === chunks) stop.abort();
  };
  return generate(scene, { workers: 1, signal: stop.signal, onEvent, ...more });
}

/** Adds slots that no run made. */
export async function addSlots({ database }: SlotScene, rows: string): Promise<void> {
  await database.query(`INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES ${rows}`);
}

/** Books a slot for one member. */
export async function book({ database }: SlotScene, restaurantId: number, date: string, time: string): Promise<void> {
  const key = [restaurantId, date, time];
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, party_size, status, idempotency_key)
       SELECT id, restaurant_id, 1, 2, 'CONFIRMED', UUID() FROM reservation_slot
       WHERE restaurant_id = ? AND date = ? AND time = ?`,
      key,
    );
    await tx.execute(
      'UPDATE reservation_slot SET count = count + 1 WHERE restaurant_id = ? AND date = ? AND time = ?',
      key,
    );
  });
}
