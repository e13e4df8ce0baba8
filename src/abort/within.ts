/**
 * Waits for `work` for `ms` milliseconds at most. The work itself goes on.
 *
 * @throws What `work` throws; what `late` returns when the time was over first.
 */
export function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      end();
    };
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}
