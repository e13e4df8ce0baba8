/**
 * Every place at which something can be made to go wrong. A transaction of a handler is one that is begun while a batch
 * is handled: `consumer:…`; all others are `database:…`, those of a relay among them.
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
