import { TablepickError } from '../../errors.js';

const ADDRESS = /^[A-Za-z0-9._-]+:(\d{1,5})$/;

/**
 * Refuses what can never be reached: tried again it would be taken for brokers that are away.
 *
 * @throws `BAD_OPTION` when there is none, or one is no `host:port`.
 */
export function checkBrokers(brokers: readonly string[]): void {
  if (brokers.length === 0) throw bad('no brokers are named');
  for (const broker of brokers) {
    const port = Number(ADDRESS.exec(broker)?.[1]);
    if (!(port >= 1 && port <= 65_535)) throw bad(`the broker ${JSON.stringify(broker)} is no host:port`);
  }
}

function bad(message: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, {
    hint: 'name one broker or more as host:port, e.g. 127.0.0.1:9092',
  });
}
