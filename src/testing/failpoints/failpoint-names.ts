/**
 * Every place at which a fault can occur. A transaction that begins while a batch is handled is one of a handler:
 * `consumer:…`. All others are `database:…`, also those of a relay.
 */
export const failpointNames = [
  'relay:before-publish',
  'relay:after-publish',
  'consumer:before-batch',
  'consumer:after-batch',
  'consumer:before-offset-commit',
  'consumer:after-offset-commit',
  'consumer:before-effect',
  'consumer:before-commit',
  'consumer:after-effect',
  'database:before-work',
  'database:before-commit',
  'database:after-commit',
  'gateway:before-approve',
  'gateway:after-approve',
  'gateway:before-cancel',
  'gateway:after-cancel',
  'gateway:before-find',
  'gateway:after-find',
] as const;

/** One of {@link failpointNames}. */
export type FailpointName = (typeof failpointNames)[number];
