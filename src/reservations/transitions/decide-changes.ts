import type { PaymentHeard, ReservationChange, ReservationStatus } from '../reservation.js';
import { groupBy } from './group-by.js';
import type { HeldReservation } from './held-reservations.js';
import { isLive } from './live-status.js';

/** Default reasons by new status. */
const REASONS: Readonly<Partial<Record<ReservationStatus, string>>> = {
  CONFIRMED: 'confirmed',
  CANCELLED: 'cancelled-by-member',
  EXPIRED: 'hold-expired',
};

/** What was heard of a reservation's payment. */
export interface PaymentNews {
  /** Undefined: it stays as it is. */
  paymentId: string | undefined;
  paymentStatus: Exclude<PaymentHeard, null>;
}

/** A change of a reservation, and of those made with it as one, that the caller decides. */
export interface Change {
  /** Of reservations made as one, any of them. */
  reservationId: number;
  /** Returns the new status, or undefined to leave it. The row is locked. It may be called more than once. */
  decide: (held: HeldReservation) => ReservationStatus | undefined;
  /** Returns the news of its payment to write, of this reservation alone. It may be called more than once. */
  hear?: ((held: HeldReservation) => PaymentNews | undefined) | undefined;
  /** Reasons by new status, passed to `RecordChanges`. */
  reasons?: Readonly<Partial<Record<ReservationStatus, string>>> | undefined;
  /**
   * With `if-freed`, slots are locked only when seats are given back, so others wait less. When seats are given back,
   * the transaction begins again. Use it when that is rare. Default `always`.
   */
  lockSlots?: 'always' | 'if-freed' | undefined;
  traceparent?: string | undefined;
}

/** A change that was decided. */
export interface DecidedChange<One extends Change = Change> {
  change: One;
  /** The reservation as the change found it. Undefined when it does not exist. */
  before: HeldReservation | undefined;
  /** The reservation as the change left it. */
  after: HeldReservation | undefined;
  /** It and those made with it as one, as the change found them. */
  madeAsOne: readonly HeldReservation[];
}

/** The decisions of many changes. */
export interface Decisions<One extends Change> {
  /** In the order of the changes. */
  decided: readonly DecidedChange<One>[];
  /** The rows that are to be written, each once, as the last change left it. */
  rows: readonly HeldReservation[];
  /** The seats to give back, by slot. */
  freed: ReadonlyMap<number, number>;
  /** The changes of status for the service's own records, in order. */
  changes: readonly ReservationChange[];
}

/**
 * Decides changes one after another. When several are of the same reservation, each finds what the one before left.
 *
 * @param held All reservations that the changes are about, with all that were made with them as one.
 */
export function decideChanges<One extends Change>(
  held: readonly HeldReservation[],
  changes: readonly One[],
): Decisions<One> {
  const board = new Board(held);
  const decided = changes.map((change) => board.decide(change));
  return { decided, rows: board.written(), freed: board.freed, changes: board.changes };
}

/** Whether a change gives back the seats of its reservation. */
export function givesBack({ from, to }: ReservationChange): boolean {
  return isLive(from) && !isLive(to);
}

/** Reservations as the changes so far left them. */
class Board {
  readonly freed = new Map<number, number>();
  readonly changes: ReservationChange[] = [];
  readonly #held: readonly HeldReservation[];
  readonly #now: Map<number, HeldReservation>;
  readonly #madeAsOne: ReadonlyMap<number, readonly HeldReservation[]>;

  constructor(held: readonly HeldReservation[]) {
    this.#held = held;
    this.#now = new Map(held.map((each) => [each.reservationId, each]));
    this.#madeAsOne = groupBy(held, ({ groupId, reservationId }) => groupId ?? reservationId);
  }

  decide<One extends Change>(change: One): DecidedChange<One> {
    const before = this.#now.get(change.reservationId);
    if (before === undefined) return { change, before, after: undefined, madeAsOne: [] };
    const all = this.#madeAsOne.get(before.groupId ?? before.reservationId)!;
    const madeAsOne = all.map(({ reservationId }) => this.#now.get(reservationId)!);
    for (const each of madeAsOne) this.#apply(change, each);
    return { change, before, after: this.#now.get(change.reservationId), madeAsOne };
  }

  #apply(change: Change, each: HeldReservation): void {
    const to = change.decide(each);
    const news = each.reservationId === change.reservationId ? change.hear?.(each) : undefined;
    if (to !== undefined) this.#changeStatus(change, each, to);
    const { paymentId = each.paymentId, paymentStatus = each.paymentStatus } = news ?? {};
    this.#now.set(each.reservationId, { ...each, status: to ?? each.status, paymentId, paymentStatus });
  }

  #changeStatus(change: Change, each: HeldReservation, to: ReservationStatus): void {
    const { slotId, seats } = each;
    const record = toRecord(change, each, to);
    this.changes.push(record);
    if (givesBack(record)) this.freed.set(slotId, (this.freed.get(slotId) ?? 0) + seats);
  }

  /** The reservations that are not as they were. */
  written(): HeldReservation[] {
    return this.#held.flatMap((was) => {
      const is = this.#now.get(was.reservationId)!;
      const isSame =
        is.status === was.status && is.paymentId === was.paymentId && is.paymentStatus === was.paymentStatus;
      return isSame ? [] : [is];
    });
  }
}

function toRecord(
  { reasons, traceparent }: Change,
  { reservationId, slotId, restaurantId, memberId, partySize, groupId, status: from, paymentStatus }: HeldReservation,
  to: ReservationStatus,
): ReservationChange {
  const reason = reasons?.[to] ?? REASONS[to] ?? '';
  const about = { reservationId, slotId, restaurantId, memberId, partySize, groupId, paymentStatus };
  return { ...about, from, to, reason, traceparent };
}
