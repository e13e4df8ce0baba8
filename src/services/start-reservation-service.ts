import { paymentTopic } from '../payments/index.js';
import { type Reservations, createReservations } from '../reservations/index.js';
import { recordSaga, refuseInTime, reservationGroup, startReservationSide } from '../saga/index.js';
import { addBacklogGauges, addDeadLetterGauge, addLagGauge, addOutboxGauges, addSagaGauge } from './add-gauges.js';
import { countReservations } from './count-reservations.js';
import { createReadinessCheck } from './readiness-check.js';
import type { ReservationService, ReservationServiceOptions } from './services.js';
import type { Participant, StartedService, Starting } from './starting.js';

const service = 'reservation' as const;

/** Starts the reservation service: its part of the saga, then its HTTP server if one is wanted. */
export async function startReservationService(
  options: ReservationServiceOptions,
  starting: Starting,
): Promise<StartedService & ReservationService> {
  const { database, http, holdTtlMs } = options;
  const { tell, closing } = starting;
  const reservations = openReservations(options, starting);
  await startSide(options, starting, reservations);
  const participant = { service, database, group: reservationGroup, topics: [paymentTopic] };
  addGauges(participant, starting);
  const ready = createReadinessCheck(participant, starting);
  if (http === undefined) return { reservations, url: undefined, ready };
  const { startReservationServer } = await import('../servers/index.js');
  const server = await startReservationServer({
    ...http,
    database,
    reservations,
    holdTtlMs,
    ready,
    onError: (error, request) => tell({ service, kind: 'http-error', error, request }),
    onServed: (event) => tell({ service, kind: 'http-served', event }),
  });
  closing.onClose(() => server.stop());
  return { reservations, url: server.url, ready };
}

function openReservations(
  { database, reservations: wanted = {}, refuseInTime: refusing = false }: ReservationServiceOptions,
  { metrics, closing }: Starting,
): Reservations {
  const counted = (reservations: Reservations): Reservations =>
    metrics === undefined ? reservations : countReservations(reservations, metrics);
  if ('reserve' in wanted) return counted(wanted);
  const { saga, ...settings } = wanted;
  const limits = refusing === true ? {} : refusing;
  const admit = limits === false ? settings.admit : refuseInTime({ ...limits, database });
  const reservations = createReservations({ ...settings, admit, database, recordChanges: recordSaga(saga) });
  closing.onClose(() => reservations.close());
  return counted(reservations);
}

async function startSide(
  { database, consumer, relay, relayedBy, expireEveryMs }: ReservationServiceOptions,
  { transport, tell, closing }: Starting,
  reservations: Reservations,
): Promise<void> {
  const group = reservationGroup;
  const side = await startReservationSide({
    database,
    reservations,
    transport,
    relayedBy,
    expireEveryMs,
    consumer: { ...consumer, onEvent: (event) => tell({ service, kind: 'consumer', group, event }) },
    relay: { ...relay, onEvent: (event) => tell({ service, kind: 'relay', event }) },
    onError: (error) => tell({ service, kind: 'expire-error', error }),
  });
  closing.onClose(() => side.stop());
}

function addGauges(participant: Participant, starting: Starting): void {
  addOutboxGauges(participant, starting);
  addDeadLetterGauge(participant, starting);
  addSagaGauge(participant, starting);
  addBacklogGauges(participant, starting);
  addLagGauge(participant, starting);
}
