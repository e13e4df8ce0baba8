/** Which messages of one partition are done, and below which offset all are. */
export class PartitionProgress {
  readonly #open = new Set<bigint>();
  #next: bigint | undefined;
  #committed: bigint | undefined;

  /** Messages that are not done. */
  get size(): number {
    return this.#open.size;
  }

  begin(offset: bigint): void {
    this.#open.add(offset);
    if (this.#next === undefined || offset >= this.#next) this.#next = offset + 1n;
  }

  end(offset: bigint): void {
    this.#open.delete(offset);
  }

  /**
   * The offset below which all messages are done. Undefined when it has not grown since the last call. Offsets are
   * added in order, so the first open one is the lowest.
   */
  takeCommit(): bigint | undefined {
    const [lowest] = this.#open;
    const done = lowest ?? this.#next;
    if (done === undefined || done === this.#committed) return undefined;
    this.#committed = done;
    return done;
  }

  /** Call it when that offset could not be committed. It is taken again, unless a larger one was taken meanwhile. */
  takeBack(offset: bigint): void {
    if (this.#committed === offset) this.#committed = undefined;
  }
}
