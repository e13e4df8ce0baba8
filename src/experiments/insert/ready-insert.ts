/** A way of inserting that is ready to run. Its measurement does not count the preparations. */
export interface ReadyInsert {
  /**
   * Inserts the whole range.
   *
   * @param onRows Called now and then with the number of rows inserted so far.
   * @returns Notes to keep beside the numbers.
   */
  insert(onRows: (rowsDone: number) => void): Promise<Record<string, number | string>>;
  /** Removes what the preparations left outside the database. */
  close(): Promise<void>;
}
