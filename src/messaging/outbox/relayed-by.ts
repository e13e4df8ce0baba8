/**
 * Who sends the messages of an outbox. `tablepick`: a relay of this package, which marks sent rows. `debezium`:
 * Debezium, which reads the server's log and marks nothing. Its rows stay PENDING until they are removed.
 */
export type RelayedBy = 'tablepick' | 'debezium';
