import { type Facts, type Judgement, judgeFacts } from './judge-facts.js';
import { planCure } from './plan-cure.js';
import { type Remedy, type Tools, leftBy } from './remedy.js';
import { readFacts } from './walk-both.js';
import { inParallel } from './in-parallel.js';

/** Reservations that are looked at again at once. */
const LOOKED_AT_ONCE = 500;

/** Disagreements of one reservation that are mended one after the other: a hold that expires leaves a payment that nobody wants. */
const MOST_ROUNDS = 4;

/** Looks again at reservations that seemed wrong, counts those that are, and mends what can be. */
export async function treatSuspects(tools: Tools, suspects: readonly number[]): Promise<void> {
  for (let from = 0; from < suspects.length; from += LOOKED_AT_ONCE) {
    const { facts } = await readFacts(tools, { ids: suspects.slice(from, from + LOOKED_AT_ONCE) });
    const judged = [...facts].flatMap(([id, each]) => {
      const judgement = judgeFacts(each);
      return judgement === undefined ? [] : [{ id, judgement }];
    });
    await inParallel(judged, tools, ({ id, judgement }) => treat(tools, id, judgement));
  }
}

async function treat(tools: Tools, reservationId: number, first: Judgement): Promise<void> {
  let judgement: Judgement | undefined = first;
  for (let round = 1; judgement !== undefined && round <= MOST_ROUNDS; round += 1) {
    judgement = await treatOnce(tools, reservationId, judgement);
  }
}

/** Mends one disagreement and tells which one there is then. */
async function treatOnce(
  tools: Tools,
  reservationId: number,
  { name, cure }: Judgement,
): Promise<Judgement | undefined> {
  const { tally, fix } = tools;
  const left = (text: string) => tally.add({ name, key: reservationId, end: 'left', text });
  const remedy = await planCure(tools, reservationId, cure).catch((error: unknown): Remedy => ({
    text: leftBy(tools, error).left,
  }));
  if (remedy.isQuiet && !fix) return undefined;
  if (remedy.apply === undefined) return void (await left(remedy.text));
  if (!fix) return void (await left(`not fixed: ${remedy.text}`));
  const mended = await remedy.apply().catch((error: unknown) => leftBy(tools, error));
  if (typeof mended === 'object') return void (await left(mended.left));
  const next = await lookAgain(tools, reservationId);
  if (remedy.isQuiet && mended === 'done') return next;
  if (next?.name === name) return void (await left(`without effect: ${remedy.text}`));
  if (mended === 'done') await tally.add({ name, key: reservationId, end: 'fixed', text: remedy.text });
  return next;
}

async function lookAgain(tools: Tools, reservationId: number): Promise<Judgement | undefined> {
  const { facts } = await readFacts(tools, { ids: [reservationId] });
  const now: Facts | undefined = facts.get(reservationId);
  return now && judgeFacts(now);
}
