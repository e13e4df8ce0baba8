import type { HistoryEntry, ReservationOutcome } from '../../reservations/index.js';

/** A call that threw instead of having an outcome. */
export interface FailedCall {
  kind: 'failed';
  code: string;
}

/** How a request for seats ended. */
export type CallOutcome = ReservationOutcome | FailedCall;

/** A member's request for a seat of a slot. */
export interface SeatRequest {
  slotId: number;
  memberId: number;
  partySize: 1;
  idempotencyKey: string;
}

/** A {@link CallLog} as plain data: a column for each fact, a row for each call, in the order of the calls' numbers. */
export interface CallLogRecord {
  /** Member of call 0. The member of each further call is one higher. */
  firstMember: number;
  keyPrefix: string;
  slotIds: Uint32Array;
  /** Milliseconds since 1970. */
  startedAtMs: Float64Array;
  endedAtMs: Float64Array;
  /** Indexes into `kinds`. */
  outcomes: Uint8Array;
  /** `reservationId`; `attempts` of a contended outcome; otherwise 0. */
  numbers: Float64Array;
  /** Kinds of outcomes, failures as `failed CODE`. */
  kinds: string[];
}

const FIRST_CAPACITY = 1024;
const failed = 'failed ';

/**
 * Every call of one process for one seat of one slot, in columns. Half a million calls take 15 MB and no measurable
 * time.
 */
export class CallLog {
  readonly #firstMember: number;
  readonly #keyPrefix: string;
  readonly #kinds = new Map<string, number>();
  #calls = 0;
  #slotIds = new Uint32Array(FIRST_CAPACITY);
  #startedAtMs = new Float64Array(FIRST_CAPACITY);
  #endedAtMs = new Float64Array(FIRST_CAPACITY);
  #outcomes = new Uint8Array(FIRST_CAPACITY);
  #numbers = new Float64Array(FIRST_CAPACITY);

  /** @param process 0, 1, …: members and keys of different processes are different. */
  constructor(process: number) {
    this.#firstMember = 1 + process * 100_000_000;
    this.#keyPrefix = `bench-${process}-`;
  }

  /** The request of call `sequence` for this slot. */
  requestOf(sequence: number, slotId: number): SeatRequest {
    const [memberId, idempotencyKey] = [this.#firstMember + sequence, `${this.#keyPrefix}${sequence}`];
    return { slotId, memberId, partySize: 1, idempotencyKey };
  }

  /** Keeps the call `sequence`. Each number is used once, and in the end no number is missing. */
  add(
    sequence: number,
    { slotId }: SeatRequest,
    ended: { startedAtMs: number; endedAtMs: number; outcome: CallOutcome },
  ): void {
    if (sequence >= this.#slotIds.length) this.#grow();
    this.#calls = Math.max(this.#calls, sequence + 1);
    this.#slotIds[sequence] = slotId;
    this.#startedAtMs[sequence] = ended.startedAtMs;
    this.#endedAtMs[sequence] = ended.endedAtMs;
    this.#outcomes[sequence] = this.#placeOf(ended.outcome);
    this.#numbers[sequence] = numberOf(ended.outcome);
  }

  /** The log as plain data. */
  toRecord(): CallLogRecord {
    return {
      firstMember: this.#firstMember,
      keyPrefix: this.#keyPrefix,
      slotIds: this.#slotIds.slice(0, this.#calls),
      startedAtMs: this.#startedAtMs.slice(0, this.#calls),
      endedAtMs: this.#endedAtMs.slice(0, this.#calls),
      outcomes: this.#outcomes.slice(0, this.#calls),
      numbers: this.#numbers.slice(0, this.#calls),
      kinds: [...this.#kinds.keys()],
    };
  }

  #placeOf(outcome: CallOutcome): number {
    const kind = outcome.kind === 'failed' ? failed + outcome.code : outcome.kind;
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    this.#kinds.set(kind, this.#kinds.size);
    return this.#kinds.size - 1;
  }

  #grow(): void {
    const capacity = 2 * this.#slotIds.length;
    const longer = <Column extends Uint32Array | Uint8Array | Float64Array>(column: Column, empty: Column): Column => {
      empty.set(column);
      return empty;
    };
    this.#slotIds = longer(this.#slotIds, new Uint32Array(capacity));
    this.#startedAtMs = longer(this.#startedAtMs, new Float64Array(capacity));
    this.#endedAtMs = longer(this.#endedAtMs, new Float64Array(capacity));
    this.#outcomes = longer(this.#outcomes, new Uint8Array(capacity));
    this.#numbers = longer(this.#numbers, new Float64Array(capacity));
  }
}

/** The calls of a log as history entries. */
export function historyOf(record: CallLogRecord): HistoryEntry[] {
  return Array.from(record.slotIds, (slotId, sequence) => ({
    call: 'reserve' as const,
    slotIds: [slotId],
    memberId: record.firstMember + sequence,
    partySize: 1,
    seats: 1,
    idempotencyKey: `${record.keyPrefix}${sequence}`,
    startedAtMs: record.startedAtMs[sequence] ?? 0,
    endedAtMs: record.endedAtMs[sequence] ?? 0,
    outcome: outcomeOf(record, sequence),
  }));
}

/** The outcome of a call, built again from the columns of {@link CallLog}. */
function outcomeOf({ kinds, outcomes, numbers, keyPrefix }: CallLogRecord, sequence: number): CallOutcome {
  const kind = kinds[outcomes[sequence] ?? 0] ?? '';
  const number = numbers[sequence] ?? 0;
  if (kind.startsWith(failed)) return { kind: 'failed', code: kind.slice(failed.length) };
  switch (kind as ReservationOutcome['kind']) {
    case 'reserved':
      return { kind: 'reserved', reservationId: number };
    case 'duplicate':
      return { kind: 'duplicate', reservationId: number };
    case 'contended':
      return { kind: 'contended', attempts: number };
    case 'sold-out':
      return { kind: 'sold-out' };
    case 'unknown':
      return { kind: 'unknown', idempotencyKey: `${keyPrefix}${sequence}` };
  }
}

function numberOf(outcome: CallOutcome): number {
  if ('reservationId' in outcome) return outcome.reservationId;
  return 'attempts' in outcome ? outcome.attempts : 0;
}
