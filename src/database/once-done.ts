/**
 * Returns a function that does `work` once. Calls at the same time share one run. When the run fails, all of them get
 * its error, and the next call tries again.
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
