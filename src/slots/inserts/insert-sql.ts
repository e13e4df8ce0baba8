/**
 * The start of every INSERT of a slot. The columns have the same order as the built rows. No column uses the table's
 * default.
 */
export const INSERT_SLOT = `INSERT INTO {slot}
  ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}, {slot.count}, {slot.version})`;

// The unique key (restaurant, date, time) decides. Setting a column to itself changes nothing, so the server counts 0
// for the row. INSERT IGNORE would hide truncation and missing parents.
/** The end of every INSERT of a slot: an existing slot keeps every column. */
export const KEEP_EXISTING = `ON DUPLICATE KEY UPDATE {slot}.{slot.count} = {slot}.{slot.count}`;
