import { setTimeout as sleep } from 'node:timers/promises';

import { type ErrorCode, TablepickError } from '../../errors.js';
import { seededRandom } from '../seeded-random.js';
import { type FailpointName, failpointNames } from './failpoint-names.js';

/**
 * The fault at a failpoint, and when it occurs: at the n-th time (1, 2, …), or with a probability of 0 to 1 each time.
 * Without either, it always occurs.
 */
export interface FailpointRule {
  at: FailpointName;
  /**
   * `kill`: SIGKILL of this process. `throw`: the error that a failure at this place has. `delay`: a wait of `delayMs`.
   * A batch under way must not reject, so nothing is thrown around a batch.
   */
  does: 'kill' | 'throw' | 'delay';
  nth?: number | undefined;
  probability?: number | undefined;
  /** Default 1000. */
  delayMs?: number | undefined;
}

/** The faults of a process. The plan goes through JSON. */
export interface FailpointPlan {
  rules: readonly FailpointRule[];
  /** Seed of the probabilities: the same seed and the same order of passing give the same faults. Default 1. */
  seed?: number | undefined;
}

/** Called before a fault occurs. Its promise is awaited. */
export type OnTrigger = (rule: FailpointRule) => void | Promise<void>;

/** The failpoints of a process. */
export interface Failpoints {
  /** Passes a failpoint; resolves when the work may go on. @throws What the rule says. */
  pass(name: FailpointName): Promise<void>;
  /** How often each failpoint was passed. */
  passed(): ReadonlyMap<FailpointName, number>;
}

/**
 * Failpoints that follow `plan`. The first rule that fits is used.
 *
 * @throws `BAD_OPTION` when a rule names no failpoint, or a fault that is not possible there.
 */
export function createFailpoints(plan: FailpointPlan, onTrigger: OnTrigger = () => {}): Failpoints {
  plan.rules.forEach(checkRule);
  const random = seededRandom(plan.seed ?? 1);
  const passed = new Map<FailpointName, number>();
  return {
    passed: () => passed,
    pass: async (name) => {
      const time = (passed.get(name) ?? 0) + 1;
      passed.set(name, time);
      const rule = plan.rules.find((each) => each.at === name && isDue(each, time, random));
      if (rule === undefined) return;
      await onTrigger(rule);
      await trigger(rule);
    },
  };
}

function isDue({ nth, probability = 1 }: FailpointRule, time: number, random: () => number): boolean {
  return nth === undefined ? random() < probability : time === nth;
}

async function trigger({ at, does, delayMs = 1000 }: FailpointRule): Promise<void> {
  if (does === 'delay') return sleep(delayMs);
  if (does === 'throw') throw new TablepickError(codeAt(at), `failpoint ${at}`, { retriable: !isCommitLost(at) });
  process.kill(process.pid, 'SIGKILL');
  // Nothing more is done until the signal arrives.
  await new Promise<never>(() => {});
}

function codeAt(at: FailpointName): ErrorCode {
  if (at.startsWith('gateway:')) return 'GATEWAY_UNAVAILABLE';
  if (at.startsWith('relay:') || at.endsWith('offset-commit')) return 'TRANSPORT_UNAVAILABLE';
  return isCommitLost(at) ? 'COMMIT_UNKNOWN' : 'CONNECTION_LOST';
}

function isCommitLost(at: FailpointName): boolean {
  return at === 'consumer:after-effect' || at === 'database:after-commit';
}

function checkRule({ at, does, nth = 1, probability = 0, delayMs = 0 }: FailpointRule): void {
  if (!failpointNames.includes(at)) throw bad(`there is no failpoint ${JSON.stringify(at)}`);
  if (!['kill', 'throw', 'delay'].includes(does)) throw bad(`a failpoint cannot ${JSON.stringify(does)}`);
  if (does === 'throw' && at.endsWith('-batch')) throw bad(`nothing can be thrown at ${at}`);
  checkNumber('nth', nth, { least: 1, most: Number.MAX_SAFE_INTEGER });
  checkNumber('probability', probability, { least: 0, most: 1 });
  checkNumber('delayMs', delayMs, { least: 0, most: 2 ** 31 - 1 });
}

function checkNumber(name: string, value: number, { least, most }: { least: number; most: number }): void {
  if (!(value >= least && value <= most)) throw bad(`${name} is ${value}, but must be a number of ${least} to ${most}`);
}

function bad(message: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, { hint: `failpoints are ${failpointNames.join(', ')}` });
}
