import { type Database, connect } from 'tablepick/database';
import {
  checkInvariants,
  createReservations,
  lockStrategies,
  recordHistory,
  type HistoryEntry,
  type LockStrategyName,
  type ReservationRequest,
  type Reservations,
  type ReservationsOptions,
} from 'tablepick/reservations';
import { startFaultProxy, type FaultProxy } from 'tablepick/testing';
import { expect } from 'vitest';

import { isShare } from './fire-share.js';
import { type ReservationScene, type SceneSettings, withReservationScene } from './reservation-scene.js';
import { type TestServer, testRedis } from './servers.js';

/**
 * Names of the strategies that promise never to overbook. In a share: one that serves each request alone, and one that
 * carries many.
 */
export const claimingStrategies: LockStrategyName[] = Object.values(lockStrategies)
  .filter(({ guarantees }) => guarantees.noOverbooking && guarantees.noLostUpdate)
  .map(({ name }) => name as LockStrategyName)
  .filter((name) => !isShare || ['atomic', 'combining'].includes(name));

/**
 * So many retries that nobody is refused because of a crowd in front of a slot. Such a refusal is an answer, too, but
 * these tests look for others.
 */
const conflictRetry = { retries: 2000, baseMs: 5, capMs: 100 };

/** A scene whose server is reached through a proxy that breaks connections and statements. */
export interface ReservationFire extends ReservationScene {
  proxy: FaultProxy;
  /** The database through the proxy. */
  proxied: Database;
  proxiedUrl: string;
  /** Reservations through the proxy. At the end, their calls are compared with the tables. */
  open(options: Omit<ReservationsOptions, 'database'>): Reservations;
  /** The same on another handle. */
  openOn(database: Database, options: Omit<ReservationsOptions, 'database'>): Reservations;
  /** Reservations past the proxy, as another process would open them. Their calls are compared with the tables, too. */
  openDirectly(options: Omit<ReservationsOptions, 'database'>): Reservations;
}

/** Runs `work` in such a scene. Afterwards all invariants must hold, and all answers must be true. */
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
      const { poolSize, statementTimeoutMs } = settings;
      const proxied = await connect({ url: address.href, poolSize, statementTimeoutMs, sslMode: 'DISABLED' });
      await useFire(scene, { proxy, proxied, proxiedUrl: address.href }, work).finally(() => proxied.close());
    } finally {
      await proxy.close();
    }
  });
}

async function useFire(
  scene: ReservationScene,
  through: Pick<ReservationFire, 'proxy' | 'proxied' | 'proxiedUrl'>,
  work: (fire: ReservationFire) => Promise<void>,
): Promise<void> {
  const entries: HistoryEntry[] = [];
  const opened: Reservations[] = [];
  const openOn: ReservationFire['openOn'] = (database, options) => {
    const reservations = recordHistory(
      createReservations({ redisUrl: testRedis(), conflictRetry, ...options, database }),
      {
        add: (entry) => entries.push(entry),
        seatsPer: options.seatsPer,
      },
    );
    opened.push(reservations);
    return reservations;
  };
  await work({
    ...scene,
    ...through,
    openOn,
    open: (options) => openOn(through.proxied, options),
    openDirectly: (options) => openOn(scene.database, options),
  });
  for (const reservations of opened) await reservations.close();
  await expectInvariants(scene.database, entries);
}

/** All invariants hold, and `entries`, all calls that were made, have true answers. */
export async function expectInvariants(database: Database, entries: readonly HistoryEntry[] = []): Promise<void> {
  const history = entries.length === 0 ? undefined : { entries, exclusive: true };
  expect(await checkInvariants(database, { history, limit: 5 })).toMatchObject({ ok: true, violations: [] });
}

/** A request by a member for one seat, with a key of its own. */
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
