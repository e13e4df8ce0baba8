import type { BacklogSample } from '../../bench/load/load-result.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** How a consumer handles its messages: many in a transaction, or one. */
export const consumerWays = ['batches', 'one-by-one'] as const;

/** A way of {@link consumerWays}. */
export type ConsumerWay = (typeof consumerWays)[number];

/** What is wrong with some messages: the handler refuses them, or the server refuses their rows. */
export type Poison = 'handler-refuses' | 'server-refuses';

/** The input of a measuring process. The topics exist and are full. */
export interface ConsumerJob {
  connection: ConnectOptions;
  carrier: TransportKind;
  kafka: KafkaAccess | undefined;
  topic: string;
  warmupTopic: string;
  messages: number;
  warmupMessages: number;
  way: ConsumerWay;
  poison: Poison | undefined;
  /** One message in so many is poison. */
  poisonEvery: number;
}

/** The result of a measuring process. */
export interface ConsumerOutcome {
  handled: number;
  dead: number;
  /** From the first call of the handler to the end of the last message. */
  seconds: number;
  /** What was left to handle, over time. */
  backlog: BacklogSample[];
  transactions: Omit<WatchedTransactions, 'lockHeld' | 'poolWait'>;
  client: ProcessUse;
}
