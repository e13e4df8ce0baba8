import { seededRandom } from 'tablepick/testing';

/** Random numbers in [0, 1) that can be repeated: prints its seed, and takes one from TABLEPICK_FIRE_SEED. */
export function fireRandom(): () => number {
  const named = process.env.TABLEPICK_FIRE_SEED;
  const seed = named === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(named);
  console.log(`random moments from seed ${seed}: repeat with TABLEPICK_FIRE_SEED=${seed}`);
  return seededRandom(seed);
}
