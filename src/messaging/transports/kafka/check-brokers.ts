import { TablepickError } from '../../../errors.js';
import { redactUrl } from '../../../redact.js';

const ADDRESS = /^[A-Za-z0-9._-]+:(\d{1,5})$/;

/**
 * Refuses addresses that can never be reached. Otherwise they would look like brokers that are away.
 *
 * @throws `BAD_OPTION` when there is none, or one is no `host:port`.
 */
export function checkBrokers(brokers: readonly string[]): void {
  if (brokers.length === 0) throw bad('no brokers are named');
  for (const broker of brokers) {
    const port = Number(ADDRESS.exec(broker)?.[1]);
    if (!(port >= 1 && port <= 65_535)) throw bad(`the broker ${JSON.stringify(shown(broker))} is no host:port`);
  }
}

/** Hides the login of a URL, because it may hold a password. */
function shown(broker: string): string {
  return broker.includes('@') ? redactUrl(broker) : broker;
}

function bad(message: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, {
    hint: 'name one broker or more as host:port, e.g. 127.0.0.1:9092; parseKafkaUrl and --brokers also read kafka://user:password@host:port',
  });
}
