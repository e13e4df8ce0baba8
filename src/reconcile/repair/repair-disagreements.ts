import { inParallel } from '../../in-parallel.js';
import { judgeFacts } from '../facts/judge-facts.js';
import { type Disagreement, planRepair } from './plan-repair.js';
import type { ReconcileClass } from '../reconcile-result.js';
import { type RepairEnd, type Repair, type ReconcileContext, leftBy } from './repair.js';
import { readStoredPayments } from '../facts/stored-payment.js';
import { readFacts } from '../facts/walk-both.js';

/** Reservations that are looked at again and repaired at once. With more of them, they wait less for each other. */
export const REPAIRED_AT_ONCE = 200;

/**
 * Most repairs of one reservation, one after another. For example, when a hold expires, it leaves a payment that nobody
 * wants.
 */
const MOST_ROUNDS = 4;

/** A reservation with a disagreement, and its class. */
interface NamedDisagreement extends Disagreement {
  name: ReconcileClass;
}

/** A disagreement whose repair was applied. */
interface Repaired extends NamedDisagreement {
  repair: Repair;
  ended: Extract<RepairEnd, string>;
}

/** Looks again at reservations that seemed wrong, counts those that are wrong, and repairs them when possible. */
export async function repairDisagreements(context: ReconcileContext, disagreeing: readonly number[]): Promise<void> {
  for (let from = 0; from < disagreeing.length; from += REPAIRED_AT_ONCE) {
    await repairTogether(context, disagreeing.slice(from, from + REPAIRED_AT_ONCE));
  }
}

/**
 * A few statements look at all of them before, between and after the rounds. Requests made meanwhile count as young,
 * however long the rounds take.
 */
async function repairTogether(context: ReconcileContext, reservationIds: readonly number[]): Promise<void> {
  const beganMs = performance.now();
  const ageNow = (): number => context.olderThanMs + Math.ceil(performance.now() - beganMs);
  let wrong = await judge(context, reservationIds, context.olderThanMs);
  for (let round = 1; wrong.length > 0 && round <= MOST_ROUNDS; round += 1) {
    const repaired: Repaired[] = [];
    await inParallel(
      wrong,
      context,
      async (disagreement) => void repaired.push(...(await repairOne(context, disagreement))),
    );
    wrong = await judgeRepaired(context, repaired, ageNow());
  }
}

async function judge(
  context: ReconcileContext,
  reservationIds: readonly number[],
  olderThanMs: number,
): Promise<NamedDisagreement[]> {
  if (reservationIds.length === 0) return [];
  const facts = await readFacts({ ...context, olderThanMs }, reservationIds);
  const wrong = [...facts].flatMap(([reservationId, each]) => {
    const judgement = judgeFacts(each);
    return judgement === undefined ? [] : [{ reservationId, ...judgement }];
  });
  return readUnheard(context, wrong);
}

/**
 * Reads the payments that are to be heard, and puts those repairs first. The sooner they are applied, the less has
 * changed since the read.
 */
async function readUnheard(
  { paymentDatabase, fix, signal }: ReconcileContext,
  wrong: readonly Omit<NamedDisagreement, 'payment'>[],
): Promise<NamedDisagreement[]> {
  const isUnheard = ({ needed }: Pick<NamedDisagreement, 'needed'>): boolean => needed.kind === 'hear';
  if (!fix) return wrong.map((each) => ({ ...each, payment: undefined }));
  const unheard = wrong.filter(isUnheard);
  const payments = await readStoredPayments(
    paymentDatabase,
    unheard.map(({ reservationId }) => reservationId),
    signal,
  );
  const inOrder = [...unheard, ...wrong.filter((each) => !isUnheard(each))];
  return inOrder.map((each) => ({ ...each, payment: payments.get(each.reservationId) }));
}

/** Applies the repair of one disagreement. When it is left, nothing must be looked at again. */
async function repairOne(context: ReconcileContext, disagreement: NamedDisagreement): Promise<[Repaired] | []> {
  const { tally, fix } = context;
  const { reservationId, name } = disagreement;
  const left = async (text: string): Promise<[]> => {
    await tally.add({ name, key: reservationId, end: 'left', text });
    return [];
  };
  const repair = await planRepair(context, disagreement).catch((error: unknown): Repair => ({
    text: leftBy(context, error).left,
  }));
  if (repair.isQuiet && !fix) return [];
  if (repair.apply === undefined) return left(repair.text);
  if (!fix) return left(`not fixed: ${repair.text}`);
  const ended = await repair.apply().catch((error: unknown) => leftBy(context, error));
  return typeof ended === 'object' ? left(ended.left) : [{ ...disagreement, repair, ended }];
}

/** Counts the repaired ones, and returns those that now have another disagreement. */
async function judgeRepaired(
  context: ReconcileContext,
  repaired: readonly Repaired[],
  olderThanMs: number,
): Promise<NamedDisagreement[]> {
  const { tally } = context;
  const ids = repaired.map(({ reservationId }) => reservationId);
  const wrong = await judge(context, ids, olderThanMs);
  const names = new Map(wrong.map(({ reservationId, name }) => [reservationId, name]));
  for (const { reservationId: key, name, repair, ended } of repaired) {
    if (repair.isQuiet && ended === 'done') continue;
    if (names.get(key) === name) {
      await tally.add({ name, key, end: 'left', text: `without effect: ${repair.text}` });
      names.delete(key);
    } else if (ended === 'done') await tally.add({ name, key, end: 'fixed', text: repair.text });
  }
  return wrong.filter(({ reservationId }) => names.has(reservationId));
}
