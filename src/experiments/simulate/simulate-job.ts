import type { KafkaAccess } from '../../messaging/index.js';
import type { Scenario } from './scenarios.js';

/** A service that a process of the simulation runs. */
export type SagaRole = 'reservation' | 'payment' | 'notifications';

/** How processes of the simulation reach each other. */
export interface SagaPlaces {
  reservationUrl: string;
  paymentUrl: string;
  /** By story: the provider that does as the story says. */
  gateways: Readonly<Record<Scenario['story'], string>>;
  paymentPort: number;
  secret: string;
  mailFolder: string;
  /** None: the database carries messages. */
  kafka?: KafkaAccess | undefined;
}

/** What a process of the simulation is given. */
export interface SagaJob {
  role: SagaRole;
  places: SagaPlaces;
  scenarios: readonly Scenario[];
  /** Scenarios that have gone wrong already. */
  occurred: readonly number[];
}

/** What a process of the simulation says. */
export type SagaMessage =
  | { kind: 'ready' }
  /** It goes wrong now; after a kill nothing more is heard of the process. */
  | { kind: 'occurred'; id: number }
  | { kind: 'failed'; message: string };

/** Variable that carries the job. */
export const SAGA_JOB = 'TABLEPICK_SAGA_JOB';

/** Holds of scenarios whose message comes late, and how late it comes. */
export const LATE = { holdTtlMs: 2500, delayMs: 4000 } as const;

/** How long partitions of a process that was killed stay with it. */
export const LEASE_MS = 1500;
