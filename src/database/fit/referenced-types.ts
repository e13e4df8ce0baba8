import type { SchemaNames } from '../names.js';
import type { TableFacts } from './table-facts.js';

/** Types of the columns that our foreign keys refer to. In a user's own table they may differ from ours. */
export interface ReferencedTypes {
  restaurantId: string;
  slotId: string;
}

const OURS = 'BIGINT';

/** The types that our foreign key columns must have. */
export function referencedTypes(
  { restaurant, slot }: SchemaNames,
  facts: ReadonlyMap<string, TableFacts>,
): ReferencedTypes {
  const typeOf = (table: string, column: string): string => {
    const columns = facts.get(table.toLowerCase())?.columns ?? [];
    return columns.find(({ name }) => name.toLowerCase() === column.toLowerCase())?.columnType ?? OURS;
  };
  return {
    restaurantId: typeOf(restaurant.table, restaurant.columns.id),
    slotId: typeOf(slot.table, slot.columns.id),
  };
}

/**
 * Puts these types into the foreign key columns of `statement`. Its names are not yet rendered.
 *
 * @source MySQL Reference Manual, "FOREIGN KEY Constraints": size and sign of integer types must be the same.
 */
export function withReferencedTypes(statement: string, types: ReferencedTypes): string {
  return statement
    .replace(/(\{(?:operatingHour|slot)\.restaurantId\}) BIGINT/, `$1 ${types.restaurantId}`)
    .replace(/(\{reservation\.slotId\}) BIGINT/, `$1 ${types.slotId}`);
}
