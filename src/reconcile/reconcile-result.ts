/**
 * The classes of disagreements, in the order of the report. When something is younger than `olderThanMs`, it does not
 * count, because it may be under way. Each class says how it is repaired, or that it is left for an operator.
 *
 * - `pending-overdue`: a reservation is PENDING although its payment is settled or should be. The payment's state is
 *   applied, the provider is asked, or the lost message is sent again;
 * - `hold-overdue`: a hold is due and nobody expired it. It is expired;
 * - `count-differs`: a slot's count is not the sum of its live reservations' seats. It is counted anew under the slot's
 *   lock;
 * - `overbooked`, `member-twice`, `slot-missing`, `restaurant-missing`, `group-differs`: as in `violationKinds`. Left,
 *   because no program can say who owns the seat;
 * - `confirmed-unpaid`: a reservation is CONFIRMED and has not heard of its payment. When there is a payment, it is
 *   applied. Otherwise left, because somebody may have confirmed it by hand;
 * - `paid-not-held`: the payment of a reservation that is over is PAID, and nobody requested a refund. The refund is
 *   requested. Or the payment FAILED without an answer of the provider, which has the money nevertheless. It is
 *   settled, and a refund follows;
 * - `refund-overdue`: a refund was requested and has not ended, or the two sides differ about its end. Its end is
 *   applied, the provider is asked, or the refund is requested again;
 * - `compensation-failed`: a refund failed and waits for an operator. The provider is asked whether it was made
 *   nevertheless. Otherwise left: `tablepick saga retry <id>`;
 * - `payment-ready-overdue`: a payment is not settled although its reservation is no longer PENDING. The provider is
 *   asked. When it does not know the payment and the reservation is over, the payment is cancelled there;
 * - `payment-orphan`: a payment is PAID and its reservation does not exist. Its refund is requested;
 * - `refunded-but-held`: money is back or on its way although the reservation is CONFIRMED. Left;
 * - `payment-mismatch`: the provider's answer or callback differs from the requested payment in amount, currency or
 *   name, or the states of the two sides contradict each other. Left, and nothing else is done with that payment. When
 *   a mismatch was only noted and the provider now agrees, the note is removed;
 * - `outbox-old`: messages wait to be sent. Left: a relay must run. With Debezium, this class is not checked;
 * - `dead-letters`: messages that could not be handled. Left: `tablepick dlq list`.
 */
export const reconcileClasses = [
  'pending-overdue',
  'hold-overdue',
  'count-differs',
  'overbooked',
  'member-twice',
  'slot-missing',
  'restaurant-missing',
  'group-differs',
  'confirmed-unpaid',
  'paid-not-held',
  'refund-overdue',
  'compensation-failed',
  'payment-ready-overdue',
  'payment-orphan',
  'refunded-but-held',
  'payment-mismatch',
  'outbox-old',
  'dead-letters',
] as const;

/** One of {@link reconcileClasses}. */
export type ReconcileClass = (typeof reconcileClasses)[number];

/**
 * The key of a disagreement. It is the id of a reservation. For `count-differs`, `overbooked` and `restaurant-missing`,
 * it is the id of a slot. For `outbox-old` it is the service, `reservations` or `payments`. For `dead-letters` it is
 * the service, a colon and the id of the dead letter.
 */
export type ReconcileKey = number | string;

/** One disagreement. */
export interface ReconcileFinding {
  name: ReconcileClass;
  key: ReconcileKey;
  end: 'fixed' | 'left';
  /** What was done, or why it was left. */
  text: string;
}

/** The findings of one class. */
export interface ClassResult {
  name: ReconcileClass;
  found: number;
  fixed: number;
  left: number;
  /** The first keys, at most `limit`. */
  keys: readonly ReconcileKey[];
  /** Text for people: what was done or must be done, and how often. */
  did: string;
}

/** Sums by currency, in minor units; above 2^53 - 1 the digits as text. */
export type MoneySums = Readonly<Record<string, number | string>>;

/** How a reconciliation ended. */
export interface ReconcileResult {
  /** True when nothing is left. */
  ok: boolean;
  /** All classes, even those without findings. */
  classes: readonly ClassResult[];
  /** `compared`: PAID payments for which the provider answered whether it has the money. */
  checked: { reservations: number; payments: number; compared: number };
  /** Sums from the walk over the tables, before anything was fixed. */
  money: {
    /** Seats of live reservations. */
    heldSeats: number;
    /** Money that is with the restaurant: PAID, and refunds that have not ended or failed. */
    paid: MoneySums;
    refunded: MoneySums;
  };
  ms: number;
}
