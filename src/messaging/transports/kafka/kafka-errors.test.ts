import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';

import { TablepickError } from '../../../errors.js';
import { isNotOurs, kafkaError } from './kafka-errors.js';

const BROKERS = ['a:9092', 'b:9092'];

/** A broker's error, wrapped in so many layers of KafkaJS. */
function answered(code: number, retriable = false): Error {
  const inner = Object.assign(new Error('the answer'), { name: 'KafkaJSProtocolError', code, retriable });
  return Object.assign(new Error('tried often', { cause: inner }), { name: 'KafkaJSNumberOfRetriesExceeded' });
}

describe('kafkaError', () => {
  it.each([
    [3, true, 'UNKNOWN_TOPIC', false],
    [10, false, 'MESSAGE_TOO_LARGE', false],
    [18, false, 'MESSAGE_TOO_LARGE', false],
    [29, false, 'UNKNOWN_TOPIC', false],
    [87, false, 'BAD_MESSAGE', false],
    [58, false, 'ACCESS_DENIED', false],
    [6, true, 'TRANSPORT_UNAVAILABLE', true],
    [45, false, 'TRANSPORT_UNAVAILABLE', true],
    [27, false, 'TRANSPORT_UNAVAILABLE', true],
    [35, false, 'TRANSPORT_FAILED', false],
  ])('tells the number %i of a broker, however it is wrapped', (number, isRetriable, code, retriable) => {
    expect(kafkaError('publishing', answered(number, isRetriable), BROKERS)).toMatchObject({ code, retriable });
  });

  it('names the brokers when they do not answer', () => {
    const cause = new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED', { broker: 'a:9092' });
    const error = kafkaError('publishing to t', cause, BROKERS);
    expect(error).toMatchObject({ code: 'TRANSPORT_UNAVAILABLE', retriable: true, cause });
    expect(error.message).toBe('publishing to t: connect ECONNREFUSED');
    expect(error.hint).toContain('a:9092, b:9092');
  });

  it('tells a login that was refused', () => {
    const cause = Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError' });
    expect(kafkaError('publishing', cause, BROKERS)).toMatchObject({ code: 'ACCESS_DENIED', retriable: false });
  });

  it('tells the first of several topics that failed, and leaves our own as they are', () => {
    const several = new kafkajs.KafkaJSAggregateError('creating', [answered(17), answered(36)]);
    expect(kafkaError('creating', several, BROKERS).code).toBe('UNKNOWN_TOPIC');
    const ours = new TablepickError('MESSAGE_TOO_LARGE', 'too large');
    expect(kafkaError('publishing', ours, BROKERS)).toBe(ours);
  });
});

describe('isNotOurs', () => {
  it.each([22, 25, 27])('is true of the number %i', (number) => {
    expect(isNotOurs(answered(number))).toBe(true);
  });

  it('is false of brokers that are away', () => {
    expect(isNotOurs(answered(16, true))).toBe(false);
  });
});
