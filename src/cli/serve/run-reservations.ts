import { createReservations } from '../../reservations/index.js';
import { recordSaga, reservationGroup, startReservationSide } from '../../saga/index.js';
import { startReservationServer } from '../../servers/index.js';
import { redisSettings } from '../options/redis-options.js';
import {
  type MessagingContext,
  RELAY_WORKERS,
  type RunningService,
  countRequests,
  watchConsumer,
  watchRelay,
} from './service-context.js';

/** Runs the reservation service. */
export async function runReservations(shared: MessagingContext): Promise<RunningService> {
  const { database, transport, options, context, closing } = shared;
  const { strategy, host, reservationPort: port, hold: holdTtlMs } = options;
  const onError = (error: unknown): void => context.output.complain(`reservation: ${String(error)}`);
  const recordChanges = recordSaga();
  const reservations = createReservations({ database, strategy, recordChanges, ...redisSettings(options) });
  closing.onClose(() => reservations.close());
  const consumer = { onEvent: watchConsumer(shared, reservationGroup) };
  const relay = { onEvent: watchRelay(shared, 'reservation'), workers: RELAY_WORKERS };
  const side = await startReservationSide({ database, reservations, transport, consumer, relay, onError });
  closing.onClose(() => side.stop());
  const server = await startReservationServer({
    database,
    reservations,
    host,
    port,
    holdTtlMs,
    onError,
    onServed: countRequests(shared, 'reservation'),
  });
  closing.onClose(() => server.stop());
  return { service: 'reservation', url: server.url, about: `POST ${server.url}/reservations` };
}
