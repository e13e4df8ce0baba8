import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { Scenario } from './scenarios.js';

/** A service that a process of the simulation runs. */
export type SagaRole = 'reservation' | 'payment' | 'notifications';

/** How processes of the simulation reach each other. */
export interface SagaPlaces {
  reservationUrl: string;
  paymentUrl: string;
  /** The URL of the provider for each story. */
  gateways: Readonly<Record<Scenario['story'], string>>;
  paymentPort: number;
  secret: string;
  mailFolder: string;
  /** Undefined: `kafka` when `kafka` is given, else `database`. */
  transport?: TransportKind | undefined;
  kafka?: KafkaAccess | undefined;
}

/** The input of a process of the simulation. */
export interface SagaJob {
  role: SagaRole;
  places: SagaPlaces;
  scenarios: readonly Scenario[];
  /** Ids of the scenarios whose fault has already occurred. */
  occurred: readonly number[];
}

/** The messages of a process of the simulation. */
export type SagaMessage =
  | { kind: 'ready' }
  /** The fault of this scenario occurs now. After a kill, the process sends nothing more. */
  | { kind: 'occurred'; id: number }
  | { kind: 'failed'; message: string };

/** Environment variable that carries the job. */
export const SAGA_JOB = 'TABLEPICK_SAGA_JOB';

/** For a late message: the duration of the hold, and the delay of the message. */
export const LATE = { holdTtlMs: 2500, delayMs: 4000 } as const;

/** How long a killed process keeps its partitions. */
export const LEASE_MS = 1500;
