import { expect, it } from 'vitest';

import { transportKinds } from '../../messaging/index.js';
import { checkCarriers } from './carriers.js';

it('measures every transport unless one is named', () => {
  const kafka = { brokers: ['127.0.0.1:9092'] };
  expect(checkCarriers({ kafka })).toEqual(transportKinds);
  expect(checkCarriers({ transport: 'database' })).toEqual(['database']);
});

it('refuses to measure Kafka without brokers', () => {
  expect(() => checkCarriers({})).toThrow(/no brokers are named/);
  expect(() => checkCarriers({ transport: 'kafka', kafka: { brokers: [] } })).toThrow(/no brokers are named/);
});
