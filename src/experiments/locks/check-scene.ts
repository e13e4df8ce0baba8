import { TablepickError } from '../../errors.js';
import { checkCount } from '../record/experiment.js';
import type { LoadExtent } from '../../bench/load/load-tally.js';
import type { LoadScene, SceneSettings } from './measure-load.js';
import { endlessCapacity } from '../server/scene-slots.js';

/**
 * The load. The defaults are the case that led to tablepick: 150 requests at once for 100 seats, over 32 connections.
 */
export interface SceneOptions {
  /** Clients at once. With `ratePerSecond`: most requests under way. Default 150. */
  clients?: number | undefined;
  /** Seats of each slot. Default 100. With `durationMs`, the default is so high that no slot sells out. */
  capacity?: number | undefined;
  /** Connections of each process. Default 32. */
  pool?: number | undefined;
  /** Number of slots. Default 1. */
  slots?: number | undefined;
  /** Share of the requests, 0–1, that ask for the first slot. Default: all slots alike. */
  hotShare?: number | undefined;
  /** Number of requests. Default: one for each client. */
  requests?: number | undefined;
  /** How long new requests are sent, instead of a number of requests. */
  durationMs?: number | undefined;
  /**
   * Arrivals a second at random times, whether or not earlier requests have ended (an open load). Default: a closed
   * load.
   */
  ratePerSecond?: number | undefined;
  /** Default `read-committed`. */
  isolation?: 'read-committed' | 'repeatable-read' | undefined;
  /** Seed: the same seed gives the same arrivals and slots. Default 1. */
  seed?: number | undefined;
}

const defaults = { clients: 150, pool: 32, slots: 1, seed: 1 };
const defaultCapacity = 100;
const warmupRequests = 200;
/** Connections left for the experiment itself and for others. */
const spareConnections = 15;

/**
 * The scene that `options` describe.
 *
 * @throws `BAD_OPTION` when a number is out of range or two options exclude each other.
 */
export function checkScene(options: SceneOptions): SceneSettings {
  const { clients, pool, slots, seed } = { ...defaults, ...definedOnly(options) };
  const capacity = options.capacity ?? (options.durationMs === undefined ? defaultCapacity : endlessCapacity);
  for (const [name, value] of Object.entries({ clients, capacity, pool, slots, seed })) checkCount(name, value);
  const { hotShare = null, ratePerSecond = null } = options;
  checkShares(hotShare, ratePerSecond);
  const shape = { clients, extent: extentOf(options, clients), ratePerSecond, slots, hotShare };
  const isolation = options.isolation === 'repeatable-read' ? 'REPEATABLE READ' : 'READ COMMITTED';
  return { shape, capacity, pool, isolation, seed, warmupRequests };
}

/**
 * Checks every scene before the first one runs.
 *
 * @throws `BAD_OPTION` when there are more processes than clients, or more connections than the server allows.
 */
export function checkScenes(scenes: readonly LoadScene[], maxConnections: number): void {
  for (const { shape, pool, processes } of scenes) {
    checkCount('processes', processes);
    checkCount('clients', shape.clients);
    checkCount('pool', pool);
    checkShares(shape.hotShare, shape.ratePerSecond);
    if (processes > shape.clients) {
      throw badScene(`${shape.clients} clients cannot be shared by ${processes} processes`, 'give more clients');
    }
    if (pool * processes + spareConnections > maxConnections) {
      const asked = processes === 1 ? `${pool}` : `${processes} × ${pool}`;
      throw badScene(
        `${asked} connections are too many: the server allows ${maxConnections} and ${spareConnections} are kept free`,
        'give a smaller pool, or raise max_connections',
      );
    }
  }
}

/** The options that differ from their defaults, as they are typed. */
export function sceneText(options: SceneOptions): string {
  const given = Object.entries(asTyped(options)).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => ` --${name} ${value}`).join('');
}

function asTyped(options: SceneOptions): Record<string, number | string | undefined> {
  const { clients, pool, slots } = { ...defaults, ...definedOnly(options) };
  const { capacity, requests, durationMs } = options;
  return {
    clients,
    capacity,
    pool,
    slots,
    'hot-share': options.hotShare,
    requests,
    duration: durationMs === undefined ? undefined : `${durationMs}ms`,
    rate: options.ratePerSecond,
    isolation: options.isolation,
    seed: options.seed,
  };
}

function definedOnly(options: SceneOptions): Partial<typeof defaults> {
  const given = Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined);
  return Object.fromEntries(given);
}

function checkShares(hotShare: number | null, ratePerSecond: number | null): void {
  if (hotShare !== null && !(hotShare >= 0 && hotShare <= 1)) {
    throw badScene(`hot-share is ${hotShare}`, 'give a share of all requests, 0 to 1, e.g. 0.9');
  }
  if (ratePerSecond !== null && !(ratePerSecond > 0)) {
    throw badScene(`rate is ${ratePerSecond}`, 'give more than 0 arrivals a second');
  }
}

function extentOf({ requests, durationMs }: SceneOptions, clients: number): LoadExtent {
  if (durationMs === undefined) {
    checkCount('requests', requests ?? clients);
    return { requests: requests ?? clients };
  }
  if (requests !== undefined) throw badScene('requests and duration are both given', 'give one of them');
  checkCount('duration', durationMs);
  return { durationMs };
}

function badScene(what: string, hint: string): TablepickError {
  return new TablepickError('BAD_OPTION', what, { hint });
}
