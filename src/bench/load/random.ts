/** Numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/**
 * A generator of numbers in [0, 1) for measurements that can be repeated; not for secrets.
 *
 * @param seed A whole number; only its lower 32 bits count.
 * @source Tommy Ettinger's mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
