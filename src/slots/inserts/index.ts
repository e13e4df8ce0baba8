export { type InsertContext, type InsertStrategy } from './insert-strategy.js';
export { onlyParentIsRestaurant } from './lock-parents.js';
export { RowBuilders } from './row-builders.js';
export { insertStrategies } from './strategies.js';
