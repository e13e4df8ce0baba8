import type { Closing } from '../closing.js';
import type { Database } from '../database/index.js';
import type { Transport } from '../messaging/index.js';
import type { Metrics } from '../observe/metrics.js';
import type { Readiness } from '../observe/readiness.js';
import type { ServiceEvent, ServiceName } from './service-event.js';

/** What every service is started with. */
export interface Starting {
  transport: Transport;
  metrics: Metrics | undefined;
  tell: (event: ServiceEvent) => void;
  closing: Closing;
  readyWithinMs: number;
}

/** A service that can be asked whether it is ready. */
export interface StartedService {
  ready: () => Promise<Readiness>;
}

/** A service as one who takes part in the exchange of messages. */
export interface Participant {
  service: ServiceName;
  database: Database;
  group: string;
  topics: readonly string[];
}
