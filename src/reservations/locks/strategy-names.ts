/** Every strategy as the user types it; the baselines, which request nothing, first. */
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

/** Name of a strategy of tablepick's. */
export type LockStrategyName = (typeof lockStrategyNames)[number];

/** The strategy of `createReservations` and of the commands: what `bench locks` shows to be best. */
export const defaultStrategy: LockStrategyName = 'combining';
