import type { InsertStrategyName } from '../generation.js';
import { batch } from './batch.js';
import { identity } from './identity.js';
import type { InsertStrategy } from './insert-strategy.js';
import { loadData } from './load-data.js';
import { prepared } from './prepared.js';
import { serverSide } from './server-side.js';

/** Every insert strategy by the name the user types, slowest first. */
export const insertStrategies: Readonly<Record<InsertStrategyName, InsertStrategy>> = {
  identity,
  prepared,
  batch,
  'load-data': loadData,
  'server-side': serverSide,
};
