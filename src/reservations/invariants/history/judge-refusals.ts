import type { RequestEntry } from './history.js';
import { type HistoryLedger, unitOf } from './history-ledger.js';
import type { Findings } from '../invariant-report.js';
import { MostSeats } from './most-seats.js';
import { type PossibleLife, possibleLives } from './possible-lives.js';

/**
 * Judges every refusal by the possible facts during its call. It never accuses wrongly. It assumes that each
 * reservation is live whenever that is possible (see `possibleLives`). When calls touch within the clocks' tolerance,
 * it assumes that they happened at the same time:
 *
 * - `sold-out` for n seats is justified when, at some moment of its call, on one of its slots, the seats that may have
 *   been live exceeded the capacity less n. A sweep over the beginnings and ends of the possible lives finds the most
 *   seats in any span.
 * - `duplicate` is justified when the reservation it names is the member's, is of one of the slots, was made by another
 *   key, and may have been live then.
 * - When the key had been granted before, neither is justified, because the same key gives the same answer.
 *
 * Capacities are assumed never to have changed.
 */
export function judgeRefusals(ledger: HistoryLedger, findings: Findings): void {
  const lives = possibleLives(ledger);
  const bench: Bench = { ledger, findings, most: mostBySlot(ledger, lives), lifeOf: new Map() };
  for (const life of lives) if (life.reservationId !== undefined) bench.lifeOf.set(life.reservationId, life);
  for (const calls of ledger.requests.values()) {
    const grantedAtMs = calls.reduce((least, { outcome, endedAtMs }) => {
      return outcome.kind === 'reserved' ? Math.min(least, endedAtMs) : least;
    }, Infinity);
    for (const call of calls) judgeCall(bench, call, grantedAtMs);
  }
}

/** The facts for judging a call. */
interface Bench {
  ledger: HistoryLedger;
  findings: Findings;
  most: ReadonlyMap<number, MostSeats>;
  lifeOf: Map<number, PossibleLife>;
}

/** When the history says how many seats were taken before it, reservations of other keys do not count separately. */
function mostBySlot(ledger: HistoryLedger, lives: readonly PossibleLife[]): Map<number, MostSeats> {
  const bySlot = new Map<number, PossibleLife[]>();
  for (const life of lives) {
    if (life.fromMs === -Infinity && ledger.history.seatsBefore !== undefined) continue;
    const ofSlot = bySlot.get(life.slotId);
    if (ofSlot === undefined) bySlot.set(life.slotId, [life]);
    else ofSlot.push(life);
  }
  return new Map([...bySlot].map(([slotId, ofSlot]) => [slotId, new MostSeats(ofSlot)]));
}

function judgeCall(bench: Bench, call: RequestEntry, grantedAtMs: number): void {
  const { outcome, memberId, idempotencyKey } = call;
  if (outcome.kind !== 'sold-out' && outcome.kind !== 'duplicate') return;
  const isLate = call.startedAtMs > grantedAtMs + bench.ledger.clockToleranceMs;
  const reason = isLate
    ? 'its key had been granted before'
    : outcome.kind === 'sold-out'
      ? whyNotSoldOut(bench, call)
      : whyNotDuplicate(bench, call, outcome.reservationId);
  if (reason === undefined) return;
  const kind = `${outcome.kind}-unjustified` as const;
  const [slotId] = call.slotIds;
  const text = `member ${memberId} was told ${outcome.kind} for ${describeRequest(call)}, but ${reason}`;
  bench.findings.add({ kind, slotId, memberId, idempotencyKey, text });
}

function whyNotSoldOut({ ledger, most }: Bench, call: RequestEntry): string | undefined {
  const { seats, slotIds } = call;
  const found: string[] = [];
  for (const slotId of slotIds) {
    const capacity = ledger.capacities.get(slotId);
    const before = ledger.history.seatsBefore?.get(slotId) ?? 0;
    const live = before + (most.get(slotId)?.within(...spanOf(ledger, call)) ?? 0);
    if (capacity !== undefined && live + seats > capacity) return undefined;
    found.push(`at most ${live} of ${capacity ?? 0} seats of slot ${slotId} were taken`);
  }
  return `${found.join(', ')} in all that time`;
}

function whyNotDuplicate(bench: Bench, call: RequestEntry, reservationId: number): string | undefined {
  const { ledger, lifeOf } = bench;
  const row = ledger.rowOf.get(reservationId);
  const life = lifeOf.get(reservationId);
  if (row === undefined || life === undefined) return `reservation ${reservationId} is not in the table`;
  if (row.memberId !== call.memberId) return `reservation ${reservationId} is member ${row.memberId}'s`;
  if (!call.slotIds.includes(row.slotId)) return `reservation ${reservationId} is of slot ${row.slotId}`;
  if (ledger.rowOf.get(unitOf(row) ?? 0)?.idempotencyKey === call.idempotencyKey)
    return `reservation ${reservationId} was made by the same key`;
  const [fromMs, toMs] = spanOf(ledger, call);
  const isPossible = life.fromMs <= toMs && life.toMs >= fromMs;
  return isPossible ? undefined : `reservation ${reservationId} was not live at that time`;
}

function spanOf({ clockToleranceMs }: HistoryLedger, call: RequestEntry): [fromMs: number, toMs: number] {
  return [call.startedAtMs - clockToleranceMs, call.endedAtMs + clockToleranceMs];
}

function describeRequest({ seats, slotIds, idempotencyKey, startedAtMs, endedAtMs }: RequestEntry): string {
  const slots = `slot ${[...slotIds].sort((a, b) => a - b).join(' and ')}`;
  return `${seats} seats of ${slots} (key ${idempotencyKey}, ${startedAtMs.toFixed(1)} to ${endedAtMs.toFixed(1)} ms)`;
}
