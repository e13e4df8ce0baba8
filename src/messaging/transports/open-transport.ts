import { checkChoice } from '../../check-option.js';
import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { DisposableTransport } from '../transport.js';
import {
  type AllTransportOptions,
  type TransportKind,
  defaultTransportKind,
  transportEntry,
  transportKinds,
} from './transport-kinds.js';

/**
 * Settings of {@link openTransport}: those of {@link createDatabaseTransport} and {@link createKafkaTransport}. The
 * opened transport reads its own and ignores the others.
 */
export interface OpenTransportOptions extends Partial<Omit<AllTransportOptions, 'database' | 'brokers'>> {
  /** Default: `kafka` when `brokers` are given, else `database`. */
  kind?: TransportKind | undefined;
  /** Needed by `database`. It stays open when the transport is closed. */
  database?: Database | undefined;
  /** `host:port` of some of the brokers; needed by `kafka`. */
  brokers?: readonly string[] | undefined;
}

/**
 * Opens the transport `kind`. Its module is loaded only now.
 *
 * @throws `BAD_OPTION`, not retriable, for an unknown kind, when `database` or `brokers` of the kind are missing, and
 * for brokers or a login that cannot be used.
 * @example
 * const brokers = process.env['BROKERS']?.split(',');
 * const transport = await openTransport({ database, brokers }); // Kafka when brokers are named, else the database
 */
export async function openTransport(options: OpenTransportOptions): Promise<DisposableTransport> {
  const kind = options.kind ?? defaultTransportKind(options.brokers);
  checkChoice('kind', kind, transportKinds);
  const { needs, load } = transportEntry(kind);
  if (options[needs] === undefined) {
    throw new TablepickError('BAD_OPTION', `the transport '${kind}' was opened without ${needs}`, {
      hint: `give openTransport ${needs}, or another kind: ${transportKinds.join(', ')}`,
    });
  }
  const create = await load();
  // What is needed was checked above.
  return create(options as AllTransportOptions);
}
