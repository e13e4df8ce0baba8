import knex from 'knex';

/** knex's batchInsert, which wraps each call in a transaction. */
export async function openKnex(connection) {
  const database = knex({ client: 'mysql2', connection });
  return {
    readRestaurants: () => database('restaurant').select('id', 'max_capacity').orderBy('id'),
    insert: (rows, batchRows) => database.batchInsert('reservation_slot', rows, batchRows),
    close: () => database.destroy(),
  };
}
