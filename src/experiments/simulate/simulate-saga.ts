import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { withClosing } from '../../closing.js';
import { type ConnectOptions, type Database, connect, migrate } from '../../database/index.js';
import { quoteIdentifier } from '../../database/names.js';
import { urlOfDatabase } from '../../database/create-database.js';
import { TablepickError } from '../../errors.js';
import {
  type KafkaAccess,
  type Transport,
  type TransportKind,
  isOutboxPending,
  openTransport,
} from '../../messaging/index.js';
import { notificationGroup, notificationTopics } from '../../notifications/index.js';
import { paymentGroup, paymentTopic, reservationTopic, sagaTopics } from '../../payments/index.js';
import { type Reservations, createReservations } from '../../reservations/index.js';
import { recordSaga, reservationGroup } from '../../saga/index.js';
import { type GatewayServer, startGatewayServer } from '../../servers/index.js';
import { freePort } from '../../servers/http/free-port.js';
import { countMails } from './count-mails.js';
import { type ScenarioEnd, judgeScenario } from './judge-scenario.js';
import { LATE, type SagaPlaces } from './simulate-job.js';
import { type Scenario, type Story, listScenarios } from './scenarios.js';
import { sendStaleCopies } from './send-stale-copies.js';
import { type SupervisedServices, superviseServices } from './supervise.js';

/** The events of a simulation. */
export type SimulateEvent =
  | { kind: 'begun'; scenarios: number }
  | { kind: 'occurred'; done: number; of: number }
  | { kind: 'waiting'; open: number };

/** Settings of {@link simulateSaga}. */
export interface SimulateOptions {
  /** A server on which the user may create databases. Two are created, and dropped at the end. */
  connection: ConnectOptions;
  /** Default: `kafka` when `kafka` is given, else `database`. */
  transport?: TransportKind | undefined;
  kafka?: KafkaAccess | undefined;
  /** Simulates only these faults, and every story without a fault. Default: all faults. */
  faults?: readonly Scenario['fault'][] | undefined;
  /** Time limit of the whole simulation. Default five minutes. */
  withinMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: SimulateEvent) => void) | undefined;
}

/** How all scenarios ended. */
export interface Simulation {
  /** True when seat, money and mails are right in every scenario. */
  ok: boolean;
  transport: string;
  server: string;
  ends: ScenarioEnd[];
}

/**
 * Simulates every message of the saga with every fault that can occur to it, on real services in processes of their
 * own. Reads from tables, provider and mails how each scenario ended. A process is killed with SIGKILL exactly at the
 * point of its fault.
 *
 * @throws `PEER_FAILED` when a service ends otherwise; `ABORTED`.
 * @example
 * const { ends } = await simulateSaga({ connection: { url: 'mysql://root@127.0.0.1/bench' }, faults: ['duplicate'] });
 */
export async function simulateSaga(options: SimulateOptions): Promise<Simulation> {
  const name = `tablepick_simulate_${randomBytes(4).toString('hex')}`;
  return withClosing(async ({ onClose }) => {
    const mailFolder = await mkdtemp(path.join(tmpdir(), 'tablepick-simulate-'));
    onClose(() => rm(mailFolder, { recursive: true, force: true }));
    const admin = await connect({ ...options.connection, poolSize: 1 });
    onClose(() => admin.close());
    const run = (sql: string) => admin.session((session) => session.execute(sql));
    const names = [name, `${name}_payment`];
    for (const each of names) {
      await run(`CREATE DATABASE ${quoteIdentifier(each)}`);
      onClose(async () => void (await run(`DROP DATABASE IF EXISTS ${quoteIdentifier(each)}`)));
    }
    return simulateOn(options, {
      urls: names.map((each) => urlOfDatabase(options.connection.url, each)),
      mailFolder,
    });
  });
}

async function simulateOn(
  options: SimulateOptions,
  scratch: { urls: string[]; mailFolder: string },
): Promise<Simulation> {
  const [reservationUrl, paymentUrl] = scratch.urls as [string, string];
  return withClosing(async ({ onClose }) => {
    const paymentDb = await connect({ ...options.connection, url: paymentUrl, poolSize: 4 });
    onClose(() => paymentDb.close());
    const reservationDb = await connect({ ...options.connection, url: reservationUrl, poolSize: 8 });
    onClose(() => reservationDb.close());
    const transport = await openTransport({ kind: options.transport, database: reservationDb, ...options.kafka });
    onClose(() => transport.close());
    const secret = randomBytes(16).toString('hex');
    const paymentPort = await freePort('127.0.0.1');
    const gateways = await startGateways(secret, `http://127.0.0.1:${paymentPort}/callbacks`);
    onClose(async () => void (await Promise.all(Object.values(gateways).map((gateway) => gateway.stop()))));
    const { mailFolder } = scratch;
    const carriers = { transport: options.transport, kafka: options.kafka };
    const urls = Object.fromEntries(Object.entries(gateways).map(([story, { url }]) => [story, url]));
    const places = { reservationUrl, paymentUrl, paymentPort, secret, mailFolder, ...carriers };
    const stage = { options, reservationDb, paymentDb, transport, gateways, scenarios: listScenarios(options.faults) };
    await prepare(stage);
    return await play(stage, { ...places, gateways: urls as SagaPlaces['gateways'] });
  });
}

type Gateways = Record<Story, GatewayServer>;

async function startGateways(secret: string, callbackUrl: string): Promise<Gateways> {
  const start = (faults: Parameters<typeof startGatewayServer>[0]) =>
    startGatewayServer({ secret, callbackUrl, callbackDelayMs: 100, ...faults });
  return {
    confirmed: await start({}),
    declined: await start({ faults: { failRate: 1 } }),
    cancelled: await start({}),
    'refund-refused': await start({ faults: { refuseRefundRate: 1 } }),
  };
}

async function prepare({
  reservationDb: reservations,
  paymentDb: payments,
  transport,
  scenarios,
}: Stage): Promise<void> {
  await migrate(reservations);
  await migrate(payments, { owner: 'payment' });
  await reservations.session(async (session) => {
    const run = (sql: string, values: number[] = []) => session.execute(sql, values);
    await run(
      "INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (1, 'a', 1)",
    );
    for (const { id } of scenarios) {
      await run(
        `INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
          VALUES (?, 1, DATE '2099-01-01' + INTERVAL ? DAY, '18:00', 1)`,
        [id, id],
      );
    }
  });
  await transport.createTopics([...sagaTopics(), ...notificationTopics()]);
}

interface Stage {
  scenarios: readonly Scenario[];
  options: SimulateOptions;
  reservationDb: Database;
  paymentDb: Database;
  transport: Transport;
  gateways: Gateways;
}

async function play(stage: Stage, places: SagaPlaces): Promise<Simulation> {
  const { options, reservationDb, transport, scenarios } = stage;
  const planned = scenarios.filter(({ fault }) => fault !== 'none').length;
  let done = 0;
  options.onEvent?.({ kind: 'begun', scenarios: scenarios.length });
  const onOccurred = (): void => options.onEvent?.({ kind: 'occurred', done: (done += 1), of: planned });
  return withClosing(async ({ onClose }) => {
    const reservations = createReservations({ database: reservationDb, recordChanges: recordSaga() });
    onClose(() => reservations.close());
    const services = await superviseServices({ places, scenarios, onOccurred });
    onClose(() => services.stop());
    const deadline = { atMs: Date.now() + (options.withinMs ?? 300_000), services, signal: options.signal };
    await Promise.race([services.failed, reserveAll(reservations, scenarios)]);
    await endStories(stage, { scenarios, reservations, deadline });
    const stale = scenarios.filter(({ fault }) => fault === 'reordered');
    const outboxes = [stage.reservationDb, stage.paymentDb];
    const resent = await sendStaleCopies(transport, outboxes, stale);
    await untilQuiet(stage, deadline);
    const context = { reservations: reservationDb, payments: stage.paymentDb, gateways: stage.gateways };
    const mails = await countMails(places.mailFolder);
    const occurred = new Set([...services.occurred(), ...resent]);
    const ends: ScenarioEnd[] = [];
    for (const scenario of scenarios)
      ends.push(await judgeScenario({ ...context, mails }, scenario, occurred.has(scenario.id)));
    const { flavour, version } = reservationDb.server;
    const ok = ends.every(({ wrong }) => wrong.length === 0);
    return { ok, transport: transport.name, server: `${flavour} ${version}`, ends };
  });
}

/** Reserves one after the other, so that a reservation has the id of its scenario. */
async function reserveAll(reservations: Reservations, scenarios: readonly Scenario[]): Promise<void> {
  for (const { id, fault } of scenarios) {
    const holdTtlMs = fault === 'late' ? LATE.holdTtlMs : 600_000;
    const request = { slotId: id, memberId: id, partySize: 1, idempotencyKey: `scenario-${id}`, holdTtlMs };
    const outcome = await reservations.reserve(request);
    if (outcome.kind !== 'reserved' || outcome.reservationId !== id) {
      throw new TablepickError(
        'PEER_FAILED',
        `scenario ${id} got ${JSON.stringify(outcome)} instead of its reservation`,
      );
    }
  }
}

interface Deadline {
  atMs: number;
  services: SupervisedServices;
  signal: AbortSignal | undefined;
}

/**
 * Cancels the reservations of stories that end with a cancellation, once they are confirmed. Returns when nothing is
 * under way, or at the deadline. Scenarios that are under way at the deadline are judged as they are.
 */
async function endStories(
  stage: Stage,
  {
    scenarios,
    reservations,
    deadline,
  }: { scenarios: readonly Scenario[]; reservations: Reservations; deadline: Deadline },
): Promise<void> {
  const toCancel = new Set(
    scenarios.filter(({ story }) => story === 'cancelled' || story === 'refund-refused').map(({ id }) => id),
  );
  while (Date.now() < deadline.atMs) {
    const rows = await stage.reservationDb.query<{ id: number; status: string; compensation: string | null }>(
      `SELECT r.{reservation.id} AS id, r.{reservation.status} AS status, c.state AS compensation
        FROM {reservation} r LEFT JOIN compensation c ON c.reservation_id = r.{reservation.id}`,
    );
    for (const { id, status } of rows) {
      if (status !== 'CONFIRMED' || !toCancel.delete(id)) continue;
      await reservations.cancel({ reservationId: id, memberId: id });
    }
    const open = rows.filter(({ status, compensation }) => status === 'PENDING' || compensation === 'REFUND_REQUESTED');
    stage.options.onEvent?.({ kind: 'waiting', open: open.length + toCancel.size });
    if (open.length === 0 && toCancel.size === 0) return untilQuiet(stage, deadline);
    await wait(deadline);
  }
}

/** Waits until three looks in a row find no message that is unsent or unhandled. */
async function untilQuiet({ transport, reservationDb, paymentDb }: Stage, deadline: Deadline): Promise<void> {
  const groups = [
    { group: reservationGroup, topics: [paymentTopic] },
    { group: paymentGroup, topics: [reservationTopic, paymentTopic] },
    { group: notificationGroup, topics: [reservationTopic] },
  ];
  for (let quiet = 0; quiet < 3 && Date.now() < deadline.atMs;) {
    const lags = await Promise.all(groups.map(({ group, topics }) => transport.lag(group, topics)));
    const waiting = await Promise.all([isOutboxPending(reservationDb), isOutboxPending(paymentDb)]);
    quiet = lags.flat().every(({ lag }) => lag === 0) && !waiting.includes(true) ? quiet + 1 : 0;
    await wait(deadline);
  }
}

async function wait({ services, signal }: Deadline): Promise<void> {
  if (signal?.aborted) throw new TablepickError('ABORTED', 'the simulation was stopped');
  await Promise.race([services.failed, sleep(300)]);
}
