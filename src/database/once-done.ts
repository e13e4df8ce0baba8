/**
 * `work`, which is not done again once it was done. Calls meanwhile share it; after a failure, which all of them get,
 * the next call tries again.
 */
export function onceDone(work: () => Promise<unknown>): () => Promise<void> {
  let done: Promise<unknown> | undefined;
  return async () => {
    const own = (done ??= work());
    try {
      await own;
    } catch (error) {
      if (done === own) done = undefined;
      throw error;
    }
  };
}
