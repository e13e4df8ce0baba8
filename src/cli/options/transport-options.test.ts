import { expect, it } from 'vitest';

import { transportKinds } from '../../messaging/transports/transport-kinds.js';
import { benchTransportOptions, transportOptions } from './transport-options.js';

it.each([
  ['services', transportOptions],
  ['benchmarks', benchTransportOptions],
])('--transport of %s takes every transport', (_, options) => {
  const [option] = options.filter(({ flags }) => flags.startsWith('--transport '));
  expect(option?.settings).toMatchObject({ choices: transportKinds });
});
