import { createHash } from 'node:crypto';

import { TablepickError } from '../../errors.js';

/** The faults of the fake provider. Rates are shares of 0 to 1. Everything is 0 unless set. */
export interface GatewayFaults {
  /** Wait before a request is worked on. */
  latencyMs: number;
  /** Random wait in addition, up to this much. */
  jitterMs: number;
  /** Cards that are refused. */
  failRate: number;
  /** Requests that are done and not answered: the connection is cut. */
  lostAnswerRate: number;
  /** Requests that are answered 503 and not done. */
  errorRate: number;
  /** Refunds that are refused for good. */
  refuseRefundRate: number;
  /**
   * The provider is away once in this period, at its end, for {@link GatewayFaults.downForMs}. While away, it cuts
   * connections and sends no callbacks.
   */
  downEveryMs: number;
  downForMs: number;
  /** Callbacks that are sent twice. */
  duplicateCallbackRate: number;
  /** Callbacks that are never sent. */
  lostCallbackRate: number;
}

/** The faults in force, and whether each of them occurs. */
export interface FaultPlan {
  current(): GatewayFaults;
  /**
   * Changes some of the faults. Times away are counted from now.
   *
   * @throws `BAD_OPTION` when a name or value is wrong.
   */
  change(changes: unknown): GatewayFaults;
  isDown(): boolean;
  /** Whether the fault occurs by chance. The same seed, name and rate give the same answer. */
  occurs(rate: GatewayRate, name: string): boolean;
  latencyMs(name: string): number;
}

/** The names of the faults that are rates. */
export type GatewayRate = Extract<keyof GatewayFaults, `${string}Rate`>;

const NONE: GatewayFaults = {
  latencyMs: 0,
  jitterMs: 0,
  failRate: 0,
  lostAnswerRate: 0,
  errorRate: 0,
  refuseRefundRate: 0,
  downEveryMs: 0,
  downForMs: 0,
  duplicateCallbackRate: 0,
  lostCallbackRate: 0,
};

/**
 * Creates a {@link FaultPlan}. Its answers depend on the seed and on the question, not on the order of the questions: a
 * refused card is refused in any order.
 *
 * @throws `BAD_OPTION` when a fault's name or value is wrong.
 */
export function planFaults(seed: number, faults: Partial<GatewayFaults> = {}): FaultPlan {
  let current = applyChanges(NONE, faults);
  let sinceMs = performance.now();
  const random = (name: string) => randomOf(`${seed} ${name}`);
  return {
    current: () => current,
    change: (changes) => {
      current = applyChanges(current, changes);
      sinceMs = performance.now();
      return current;
    },
    isDown: () => isDownAt(performance.now() - sinceMs, current),
    occurs: (rate, name) => random(`${rate} ${name}`) < current[rate],
    latencyMs: (name) => current.latencyMs + current.jitterMs * random(`latency ${name}`),
  };
}

/** Whether the provider is away `elapsedMs` after the faults were set. */
export function isDownAt(
  elapsedMs: number,
  { downEveryMs, downForMs }: Pick<GatewayFaults, 'downEveryMs' | 'downForMs'>,
): boolean {
  return downEveryMs > 0 && elapsedMs % downEveryMs >= downEveryMs - downForMs;
}

function randomOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

function applyChanges(faults: GatewayFaults, changes: unknown): GatewayFaults {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) throw bad('faults are a JSON object');
  const changed = { ...faults };
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) changed[checkName(name)] = checkValue(name, value);
  }
  return changed;
}

function checkName(name: string): keyof GatewayFaults {
  if (Object.hasOwn(NONE, name)) return name as keyof GatewayFaults;
  throw bad(`there is no fault ${name}`);
}

function checkValue(name: string, value: unknown): number {
  const most = name.endsWith('Rate') ? 1 : 2 ** 31 - 1;
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw bad(`${name} is ${JSON.stringify(value)}, but must be a number of 0 to ${most}`);
}

function bad(message: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, { hint: `faults are ${Object.keys(NONE).join(', ')}` });
}
