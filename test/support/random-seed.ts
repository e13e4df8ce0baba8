/**
 * The seed of a randomised test: that of an environment variable, else a new one. It is printed, so that a failure can
 * be repeated.
 */
export function randomSeed(): number {
  const named = process.env.TABLEPICK_TEST_SEED;
  const seed = named === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(named);
  console.log(`random seed ${seed}: repeat with TABLEPICK_TEST_SEED=${seed}`);
  return seed;
}
