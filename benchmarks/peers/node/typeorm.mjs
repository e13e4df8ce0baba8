import { DataSource, EntitySchema } from 'typeorm';

const slot = new EntitySchema({
  name: 'reservation_slot',
  tableName: 'reservation_slot',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    restaurant_id: { type: 'bigint' },
    date: { type: 'date' },
    time: { type: 'time' },
    capacity: { type: 'int' },
    count: { type: 'int' },
    version: { type: 'bigint' },
  },
});

/** TypeORM's query builder, entities left unchanged after the insert, as its documentation advises for bulk. */
export async function openTypeorm({ user, ...connection }) {
  const options = { type: 'mysql', connectorPackage: 'mysql2', username: user, entities: [slot], ...connection };
  const source = await new DataSource(options).initialize();
  return {
    readRestaurants: () => source.query('SELECT id, max_capacity FROM restaurant ORDER BY id'),
    insert: (rows) => source.createQueryBuilder().insert().into(slot).values(rows).updateEntity(false).execute(),
    close: () => source.destroy(),
  };
}
