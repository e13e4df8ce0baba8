import { describe, expect, it } from 'vitest';

import type { Database } from '../../database/index.js';
import { openTransport } from './open-transport.js';
import { transportKinds } from './transport-kinds.js';

const brokers = ['127.0.0.1:9092'];

describe('openTransport', () => {
  it('opens Kafka when brokers are named and no kind is', async () => {
    const transport = await openTransport({ brokers });
    expect(transport.name).toBe('kafka');
    await transport.close();
  });

  it.each(transportKinds)('says what %s needs when that is missing', async (kind) => {
    await expect(openTransport({ kind })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(new RegExp(`'${kind}' was opened without (database|brokers)`)),
      hint: expect.stringContaining('give openTransport '),
    });
  });

  it('takes the database for the default, and says that it is missing', async () => {
    await expect(openTransport({})).rejects.toMatchObject({ message: expect.stringContaining("'database'") });
  });

  it('refuses a kind that it does not know, with those it knows', async () => {
    await expect(openTransport({ kind: 'pigeon' as 'kafka', brokers })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      hint: 'choose from database, kafka',
    });
  });

  it('refuses brokers that are no host:port', async () => {
    await expect(openTransport({ kind: 'kafka', brokers: ['a'] })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('opens the named kind, also when what others need is given', async () => {
    // Nothing is asked of the database before the transport is used.
    const transport = await openTransport({ kind: 'database', database: {} as Database, brokers });
    expect(transport.name).toBe('database');
    await transport.close();
  });
});
