/** Tables that a relay uses. */
export const RELAY_TABLES: readonly string[] = ['outbox', 'outbox_lane', 'dead_letter'];

/** Tables that a consumer uses, beside the tables of its handlers. */
export const CONSUMER_TABLES: readonly string[] = ['inbox', 'dead_letter'];

/** Tables that carry messages when the database is the transport. */
export const TRANSPORT_TABLES: readonly string[] = ['message_partition', 'message', 'message_group', 'message_member'];
