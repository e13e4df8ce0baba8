/** Every strategy as the user types it. The baselines come first. */
export const lockStrategyNames = [
  'naive',
  'save-and-flush',
  'optimistic',
  'pessimistic',
  'atomic',
  'redis-lock',
  'combining',
  'adaptive',
] as const;

/** Name of a strategy of this package. */
export type LockStrategyName = (typeof lockStrategyNames)[number];

/** The strategy of `createReservations` and of the commands: the best one in `bench locks`. */
export const defaultStrategy: LockStrategyName = 'combining';
