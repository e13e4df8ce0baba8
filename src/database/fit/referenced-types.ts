import type { SchemaNames } from '../names.js';
import type { TableFacts } from './table-facts.js';

/** Types of the columns that our foreign keys name: where the table is the user's, not necessarily ours. */
export interface ReferencedTypes {
  restaurantId: string;
  slotId: string;
}

const OURS = 'BIGINT';

/** The types that columns of ours must have so that their foreign keys can be made. */
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
 * `statement`, its names not yet rendered, with these types where it refers to a restaurant or a slot by a foreign key.
 *
 * @source MySQL Reference Manual, "FOREIGN KEY Constraints": size and sign of integer types must be the same.
 */
export function withReferencedTypes(statement: string, types: ReferencedTypes): string {
  return statement
    .replace(/(\{(?:operatingHour|slot)\.restaurantId\}) BIGINT/, `$1 ${types.restaurantId}`)
    .replace(/(\{reservation\.slotId\}) BIGINT/, `$1 ${types.slotId}`);
}
