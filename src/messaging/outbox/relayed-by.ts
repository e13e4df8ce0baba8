/**
 * Who sends what is in an outbox: a relay of this package, which marks what it sent, or Debezium, which reads the
 * server's log and marks nothing, so that its rows stay PENDING until they are removed.
 */
export type RelayedBy = 'tablepick' | 'debezium';
