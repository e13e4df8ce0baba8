/** What a relay works on. */
export const RELAY_TABLES: readonly string[] = ['outbox', 'outbox_lane', 'dead_letter'];

/** What a consumer works on, beside the tables of its handlers. */
export const CONSUMER_TABLES: readonly string[] = ['inbox', 'dead_letter'];
