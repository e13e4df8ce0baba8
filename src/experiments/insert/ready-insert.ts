/** A way of inserting with all preparations made that its measurement does not count. */
export interface ReadyInsert {
  /**
   * Puts the whole range in.
   *
   * @param onRows Told how many rows are in so far, now and then.
   * @returns What is worth keeping beside the numbers.
   */
  insert(onRows: (rowsDone: number) => void): Promise<Record<string, number | string>>;
  /** Removes what the preparations left outside the database. */
  close(): Promise<void>;
}
