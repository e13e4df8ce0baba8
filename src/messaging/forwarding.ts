import type { Database, Transaction } from '../database/index.js';
import type { TablepickError } from '../errors.js';
import type { Transport } from './transport.js';

/** A row of the outbox without its content: what a transport needs to give it its place. */
export interface OutboxHead {
  seq: number;
  /** The topic of its aggregate. */
  topic: string;
  key: string;
  /** Length of the payload. */
  bytes: number;
}

/** Copies rows of an outbox to where a transport keeps its messages. The server does it, so no content is read. */
export interface Forwarding {
  /**
   * Copies the rows in the caller's transaction, which holds their lanes. Rows of a key stay in the order of their
   * `seq`. The messages are stored with the COMMIT and are the same as if they were published. Resolves with the rows
   * that the transport will never take, and why; it copies all others.
   */
  forward(tx: Transaction, rows: readonly OutboxHead[]): Promise<ReadonlyMap<OutboxHead, TablepickError>>;
}

/** An outbox that wants to forward, and what is put before the names of its topics. */
export interface ForwardingWish {
  outbox: Database;
  topicPrefix: string;
}

/** Resolves with undefined when the outbox is on another server, or may not write where the messages are kept. */
export type OpenForwarding = (wish: ForwardingWish) => Promise<Forwarding | undefined>;

const offers = new WeakMap<Pick<Transport, 'publish'>, OpenForwarding>();

/**
 * Notes that rows can be forwarded to `transport`. A transport around it is another object. It has no offer until it
 * makes one of its own, so a relay never bypasses its `publish`.
 */
export function offerForwarding(transport: Pick<Transport, 'publish'>, open: OpenForwarding): void {
  offers.set(transport, open);
}

/** What opens the forwarding to a transport. Undefined when it takes published messages only. */
export function forwardingTo(transport: Pick<Transport, 'publish'>): OpenForwarding | undefined {
  return offers.get(transport);
}
