/** Random numbers in [0, 1) that can be had again: prints its seed, and takes one from TABLEPICK_FIRE_SEED. */
export function fireRandom(): () => number {
  const named = process.env.TABLEPICK_FIRE_SEED;
  const seed = named === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(named);
  console.log(`random moments from seed ${seed}: repeat with TABLEPICK_FIRE_SEED=${seed}`);
  return mulberry32(seed);
}

/** By Tommy Ettinger, in the public domain. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
