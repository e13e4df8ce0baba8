import type { SqlValue, Transaction } from '../database/index.js';
import { placeholders } from '../database/placeholders.js';
import { TablepickError } from '../errors.js';
import { type HistoryStep, historyStatement } from './history.js';

/*
 *   REFUND_REQUESTED ──────────────► REFUNDED
 *      ▲        │ the provider refuses
 *      │ retry  ▼
 *   COMPENSATION_FAILED ──────────► RESOLVED
 *                        an operator has settled it
 */

/** The states of a compensation. */
export type CompensationState = 'REFUND_REQUESTED' | 'REFUNDED' | 'COMPENSATION_FAILED' | 'RESOLVED';

/**
 * The statement that requests refunds of `rows` reservations. Its values are id and reason of each. When a refund was
 * requested before, it stays as it is.
 */
export const REQUEST_REFUNDS = (rows: number): string =>
  `INSERT INTO compensation (reservation_id, reason, requested_at, changed_at)
  VALUES ${Array(rows).fill('(?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))').join(', ')}
  ON DUPLICATE KEY UPDATE reservation_id = VALUES(reservation_id)`;

const LOCK = 'SELECT reservation_id AS id, state FROM compensation FORCE INDEX (PRIMARY) WHERE reservation_id IN ';
const caseOf = (rows: number): string => `CASE reservation_id ${Array(rows).fill('WHEN ? THEN ?').join(' ')} END`;
const STEP = (rows: number): string =>
  `UPDATE compensation FORCE INDEX (PRIMARY) SET state = ${caseOf(rows)}, error = ${caseOf(rows)},
    attempts = attempts + ${caseOf(rows)}, changed_at = UTC_TIMESTAMP(6)
  WHERE reservation_id IN ${placeholders(Array(rows).fill(0))}`;

/** A step of a compensation. */
export interface CompensationStep {
  reservationId: number;
  from: CompensationState;
  to: CompensationState;
  reason: string;
  actor: string;
}

/**
 * Compensations of many reservations. They are locked and read once. Steps are decided in memory, each behind the one
 * before, and written in one statement for new ones and one for those that were there.
 */
export class Compensations {
  readonly #states: Map<number, CompensationState>;
  readonly #requested: { reservationId: number; reason: string }[] = [];
  readonly #stepped = new Map<number, Pick<CompensationStep, 'to' | 'reason'>>();
  /** The steps for the history, in order. */
  readonly history: HistoryStep[] = [];

  private constructor(states: Map<number, CompensationState>) {
    this.#states = states;
  }

  static async lock(tx: Transaction, reservationIds: readonly number[]): Promise<Compensations> {
    if (reservationIds.length === 0) return new Compensations(new Map());
    const sql = `${LOCK}${placeholders(reservationIds)} ORDER BY reservation_id FOR UPDATE`;
    const rows = await tx.query<{ id: number; state: CompensationState }>(sql, reservationIds);
    return new Compensations(new Map(rows.map(({ id, state }) => [id, state])));
  }

  /** Requests a refund. False when it was requested before. */
  request(request: { reservationId: number; reason: string; actor: string }): boolean {
    const { reservationId, reason } = request;
    if (this.#states.has(reservationId)) return false;
    this.#requested.push({ reservationId, reason });
    this.#note({ ...request, from: null, to: 'REFUND_REQUESTED' });
    return true;
  }

  /** Takes a step. False when the compensation is not in the state `from`. */
  step(step: CompensationStep): boolean {
    const { reservationId, from } = step;
    if (this.#states.get(reservationId) !== from) return false;
    this.#stepped.set(reservationId, step);
    this.#note(step);
    return true;
  }

  #note(step: Omit<CompensationStep, 'from'> & { from: CompensationState | null }): void {
    this.#states.set(step.reservationId, step.to);
    this.history.push({ ...step, subject: 'compensation' });
  }

  /**
   * Writes all but the history.
   *
   * @throws `CONFLICT`, retriable, when another transaction has begun one of these compensations meanwhile.
   */
  async write(tx: Transaction): Promise<void> {
    await this.#insertRequested(tx);
    await this.#updateStepped(tx);
  }

  async #insertRequested(tx: Transaction): Promise<void> {
    const rows = this.#requested;
    if (rows.length === 0) return;
    const values = rows.flatMap(({ reservationId, reason }): SqlValue[] => [reservationId, reason]);
    const { affectedRows } = await tx.execute(REQUEST_REFUNDS(rows.length), values);
    if (affectedRows === rows.length) return;
    throw new TablepickError('CONFLICT', 'somebody else requested one of the refunds meanwhile', { retriable: true });
  }

  async #updateStepped(tx: Transaction): Promise<void> {
    const rows = [...this.#stepped];
    if (rows.length === 0) return;
    const ids = rows.map(([id]) => id);
    const states = rows.flatMap(([id, { to }]): SqlValue[] => [id, to]);
    const errors = rows.flatMap(([id, step]): SqlValue[] => [id, errorOf(step)]);
    const more = rows.flatMap(([id, { to }]): SqlValue[] => [id, to === 'REFUND_REQUESTED' ? 1 : 0]);
    const { affectedRows } = await tx.execute(STEP(rows.length), [...states, ...errors, ...more, ...ids]);
    if (affectedRows !== ids.length) throw new Error(`${affectedRows} of ${ids.length} compensations were stepped`);
  }
}

function errorOf({ to, reason }: Pick<CompensationStep, 'to' | 'reason'>): string | null {
  return to === 'COMPENSATION_FAILED' ? reason.slice(0, 1000) : null;
}

/** Requests one refund. False when it was requested before. */
export async function requestRefund(
  tx: Transaction,
  request: { reservationId: number; reason: string; actor: string },
): Promise<boolean> {
  return changeOne(tx, request.reservationId, (compensations) => compensations.request(request));
}

/** Takes one step and records it. False when the compensation is not in the state `from`. */
export async function stepCompensation(tx: Transaction, step: CompensationStep): Promise<boolean> {
  return changeOne(tx, step.reservationId, (compensations) => compensations.step(step));
}

async function changeOne(
  tx: Transaction,
  reservationId: number,
  change: (compensations: Compensations) => boolean,
): Promise<boolean> {
  const compensations = await Compensations.lock(tx, [reservationId]);
  if (!change(compensations)) return false;
  await compensations.write(tx);
  const { sql, values } = historyStatement(compensations.history);
  await tx.execute(sql, values);
  return true;
}
