import { type Database, connect } from 'tablepick/database';
import {
  type ReservationRequest,
  type Reservations,
  type ReservationsOptions,
  createReservations,
  lockStrategies,
} from 'tablepick/reservations';
import { type FaultProxy, type HistoryEntry, checkInvariants, startFaultProxy } from 'tablepick/testing';
import { expect } from 'vitest';

import { isShare } from './fire-share.js';
import { type ReservationScene, type SceneSettings, withReservationScene } from './reservation-scene.js';
import type { TestServer } from './servers.js';

/** Names of the strategies that promise never to overbook; in a share one that serves each request alone and one that carries many. */
export const claimingStrategies = Object.values(lockStrategies)
  .filter(({ guarantees }) => guarantees.noOverbooking && guarantees.noLostUpdate)
  .map(({ name }) => name)
  .filter((name) => !isShare || ['atomic', 'combining'].includes(name));

/** A scene whose server is reached through a proxy that breaks connections and statements. */
export interface ReservationFire extends ReservationScene {
  proxy: FaultProxy;
  /** Through the proxy. */
  proxied: Database;
  /** Reservations through the proxy, whose calls are held against the tables at the end. */
  open(options: Omit<ReservationsOptions, 'database'>): Reservations;
  /** As another process would, past the proxy; held against the tables, too. */
  openDirectly(options: Omit<ReservationsOptions, 'database'>): Reservations;
}

/** Runs `work` in such a scene; afterwards all invariants must hold, and all that was told must be true. */
export async function withReservationFire(
  server: TestServer,
  settings: SceneSettings,
  work: (fire: ReservationFire) => Promise<void>,
): Promise<void> {
  await withReservationScene(server, settings, async (scene) => {
    const address = new URL(scene.url);
    const proxy = await startFaultProxy({ target: { host: address.hostname, port: Number(address.port) } });
    address.host = `127.0.0.1:${proxy.port}`;
    try {
      const proxied = await connect({ url: address.href, poolSize: settings.poolSize, sslMode: 'DISABLED' });
      await useFire(scene, { proxy, proxied }, work).finally(() => proxied.close());
    } finally {
      await proxy.close();
    }
  });
}

async function useFire(
  scene: ReservationScene,
  through: Pick<ReservationFire, 'proxy' | 'proxied'>,
  work: (fire: ReservationFire) => Promise<void>,
): Promise<void> {
  const entries: HistoryEntry[] = [];
  const opened: Reservations[] = [];
  const openOn = (database: Database, options: Omit<ReservationsOptions, 'database'>): Reservations => {
    const reservations = recordCalls(createReservations({ ...options, database }), entries);
    opened.push(reservations);
    return reservations;
  };
  await work({
    ...scene,
    ...through,
    open: (options) => openOn(through.proxied, options),
    openDirectly: (options) => openOn(scene.database, options),
  });
  for (const reservations of opened) await reservations.close();
  await expectInvariants(scene.database, entries);
}

/** All invariants hold, and `entries`, all calls that were made, were answered with the truth. */
export async function expectInvariants(database: Database, entries: readonly HistoryEntry[] = []): Promise<void> {
  const history = entries.length === 0 ? undefined : { entries, exclusive: true };
  expect(await checkInvariants(database, { history, limit: 5 })).toMatchObject({ ok: true, violations: [] });
}

/** The same reservations; how requests ended is added to `entries`. */
export function recordCalls(reservations: Reservations, entries: HistoryEntry[]): Reservations {
  const record = async (
    call: 'reserve' | 'resolve',
    request: ReservationRequest,
    answer: Promise<{ kind: string }>,
  ): Promise<void> => {
    const startedAtMs = performance.timeOrigin + performance.now();
    const outcome = await answer.catch((error: unknown) => ({
      kind: 'failed',
      code: String((error as { code?: unknown }).code),
    }));
    const { memberId, partySize, idempotencyKey } = request;
    const slotIds = ('slots' in request ? request.slots : [request]).map((slot) => (slot as { slotId: number }).slotId);
    const endedAtMs = performance.timeOrigin + performance.now();
    const seats = 1;
    entries.push({
      call,
      outcome,
      slotIds,
      memberId,
      partySize,
      seats,
      idempotencyKey,
      startedAtMs,
      endedAtMs,
    } as HistoryEntry);
  };
  const recorded =
    <Answer extends { kind: string }>(
      call: 'reserve' | 'resolve',
      ask: (request: ReservationRequest, options?: object) => Promise<Answer>,
    ) =>
    async (request: ReservationRequest, options?: object): Promise<Answer> => {
      const answer = ask(request, options);
      await record(call, request, answer);
      return answer;
    };
  return {
    ...reservations,
    reserve: recorded('reserve', reservations.reserve),
    resolve: recorded('resolve', reservations.resolve),
  };
}

/** A request of its own key by a member for one seat. */
export function askFor(slotId: number, memberId: number): { slotId: number } & ReservationRequest {
  return { slotId, memberId, partySize: 1, idempotencyKey: `slot-${slotId}-member-${memberId}` };
}

/** How a call ended: the kind of its outcome, or the code of its error. */
export async function endOf(call: Promise<{ kind: string }>): Promise<string> {
  return call.then(
    ({ kind }) => kind,
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
}

/** How many calls ended in each way. */
export async function countEnds(calls: readonly Promise<{ kind: string }>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const end of await Promise.all(calls.map(endOf))) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

/** 1, 2, … `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
