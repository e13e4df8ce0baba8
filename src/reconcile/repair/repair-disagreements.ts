import { inParallel } from '../../in-parallel.js';
import { judgeFacts } from '../facts/judge-facts.js';
import { type Disagreement, planCure } from './plan-repair.js';
import type { ReconcileClass } from '../reconcile-result.js';
import { type Mended, type Remedy, type Tools, leftBy } from './repair.js';
import { readStoredPayments } from '../facts/stored-payment.js';
import { readFacts } from '../facts/walk-both.js';

/** Reservations that are looked at again and mended at once: the more, the less they wait for each other. */
export const TREATED_AT_ONCE = 200;

/** Disagreements of one reservation that are mended one after the other: a hold that expires leaves a payment that nobody wants. */
const MOST_ROUNDS = 4;

/** A reservation of which something disagrees. */
interface Suspect extends Disagreement {
  name: ReconcileClass;
}

/** One to which a remedy was applied. */
interface Treated extends Suspect {
  remedy: Remedy;
  mended: Extract<Mended, string>;
}

/** Looks again at reservations that seemed wrong, counts those that are, and mends what can be. */
export async function treatSuspects(tools: Tools, suspects: readonly number[]): Promise<void> {
  for (let from = 0; from < suspects.length; from += TREATED_AT_ONCE) {
    await treatTogether(tools, suspects.slice(from, from + TREATED_AT_ONCE));
  }
}

/**
 * All of them are looked at by few statements before, between and after the rounds. What was asked for meanwhile counts as young, however long that takes.
 */
async function treatTogether(tools: Tools, reservationIds: readonly number[]): Promise<void> {
  const beganMs = performance.now();
  const ageNow = (): number => tools.olderThanMs + Math.ceil(performance.now() - beganMs);
  let wrong = await judge(tools, reservationIds, tools.olderThanMs);
  for (let round = 1; wrong.length > 0 && round <= MOST_ROUNDS; round += 1) {
    const treated: Treated[] = [];
    await inParallel(wrong, tools, async (suspect) => void treated.push(...(await treatOnce(tools, suspect))));
    wrong = await judgeTreated(tools, treated, ageNow());
  }
}

async function judge(tools: Tools, reservationIds: readonly number[], olderThanMs: number): Promise<Suspect[]> {
  if (reservationIds.length === 0) return [];
  const facts = await readFacts({ ...tools, olderThanMs }, reservationIds);
  const wrong = [...facts].flatMap(([reservationId, each]) => {
    const judgement = judgeFacts(each);
    return judgement === undefined ? [] : [{ reservationId, ...judgement }];
  });
  return readUnheard(tools, wrong);
}

/** Reads what is to be heard, which comes first: the sooner after it was read, the less has changed since. */
async function readUnheard(
  { paymentDatabase, fix, signal }: Tools,
  wrong: readonly Omit<Suspect, 'payment'>[],
): Promise<Suspect[]> {
  const isUnheard = ({ cure }: Pick<Suspect, 'cure'>): boolean => cure.kind === 'hear';
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

/** Applies the remedy of one disagreement; of one that is left there is nothing to be looked at again. */
async function treatOnce(tools: Tools, suspect: Suspect): Promise<[Treated] | []> {
  const { tally, fix } = tools;
  const { reservationId, name } = suspect;
  const left = async (text: string): Promise<[]> => {
    await tally.add({ name, key: reservationId, end: 'left', text });
    return [];
  };
  const remedy = await planCure(tools, suspect).catch((error: unknown): Remedy => ({
    text: leftBy(tools, error).left,
  }));
  if (remedy.isQuiet && !fix) return [];
  if (remedy.apply === undefined) return left(remedy.text);
  if (!fix) return left(`not fixed: ${remedy.text}`);
  const mended = await remedy.apply().catch((error: unknown) => leftBy(tools, error));
  return typeof mended === 'object' ? left(mended.left) : [{ ...suspect, remedy, mended }];
}

/** Counts what was mended, and tells which of them disagree about something else then. */
async function judgeTreated(tools: Tools, treated: readonly Treated[], olderThanMs: number): Promise<Suspect[]> {
  const { tally } = tools;
  const ids = treated.map(({ reservationId }) => reservationId);
  const wrong = await judge(tools, ids, olderThanMs);
  const names = new Map(wrong.map(({ reservationId, name }) => [reservationId, name]));
  for (const { reservationId: key, name, remedy, mended } of treated) {
    if (remedy.isQuiet && mended === 'done') continue;
    if (names.get(key) === name) {
      await tally.add({ name, key, end: 'left', text: `without effect: ${remedy.text}` });
      names.delete(key);
    } else if (mended === 'done') await tally.add({ name, key, end: 'fixed', text: remedy.text });
  }
  return wrong.filter(({ reservationId }) => names.has(reservationId));
}
