/** Something that a service needs and does not have at present. */
export interface MissingPart {
  /**
   * `database`: it does not answer. `writer`: it answers, and takes no writes now. `tables`: one is missing or does not
   * fit. `transport`: messages cannot be sent or read.
   */
  what: 'database' | 'writer' | 'tables' | 'transport';
  /** A clause for clients. It names no table, user, address or host. */
  why: string;
}

/** Whether a service can do its work now. */
export interface Readiness {
  /** True when nothing is missing. */
  ready: boolean;
  missing: readonly MissingPart[];
}
