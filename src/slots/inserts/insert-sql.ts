/**
 * Opens every INSERT of a slot; the columns stand in the order in which rows are built. No default of the table is
 * relied on.
 */
export const INSERT_SLOT = `INSERT INTO {slot}
  ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}, {slot.count}, {slot.version})`;

// Decided by the unique key (restaurant, date, time). Setting a column to itself changes nothing, so the server counts
// 0 for the row; INSERT IGNORE would hide truncation and missing parents.
/** Ends every INSERT of a slot: an existing slot keeps every column. */
export const KEEP_EXISTING = `ON DUPLICATE KEY UPDATE {slot}.{slot.count} = {slot}.{slot.count}`;
