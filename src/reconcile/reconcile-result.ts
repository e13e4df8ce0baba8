/**
 * What can disagree, in the order in which it is told. Nothing counts that is younger than `olderThanMs`: it may be
 * under way.
 *
 * - `pending-overdue`: a reservation is PENDING though its payment is settled, or should be: what the payment service
 *   says is applied, the provider is asked, or what got lost is sent again;
 * - `hold-overdue`: a hold is due and nobody expired it: it is expired;
 * - `count-differs`: a slot's count is not the sum of its live reservations' seats: it is counted anew under the slot's
 *   lock;
 * - `overbooked`, `member-twice`, `slot-missing`, `restaurant-missing`, `group-differs`: as `violationKinds` has them;
 *   left: whose seat it is, no program can say;
 * - `confirmed-unpaid`: a reservation is CONFIRMED and has not heard of its payment: the payment is applied when there
 *   is one, else it is left, because somebody may have confirmed it by hand;
 * - `paid-not-held`: the payment of a reservation that is over is PAID, and nobody asked for the money back: its refund
 *   is requested; or it FAILED without a word of the provider, which has the money all the same: it is settled, and a
 *   refund follows;
 * - `refund-overdue`: a refund was asked for and has not ended, or not on both sides alike: its end is applied, the
 *   provider is asked, or it is requested again;
 * - `compensation-failed`: a refund failed and waits for an operator: the provider is asked whether it was made all the
 *   same, else left: `tablepick saga retry <id>`;
 * - `payment-ready-overdue`: a payment is not settled though its reservation is no longer PENDING: the provider is
 *   asked, and where it never heard of the payment of a reservation that is over it is told that it shall not take it
 *   any more;
 * - `payment-orphan`: a payment is PAID and its reservation does not exist: its refund is requested;
 * - `refunded-but-held`: money is back or on its way although the reservation is CONFIRMED; left;
 * - `payment-mismatch`: the provider, where it was asked or has called back, says of a payment what it was not asked
 *   for: another amount, currency or name, or, of one that is PAID, that it has no such money; left, and nothing else
 *   is done with that payment. One that was only noted, and that the provider now has as it was asked for, is removed;
 * - `outbox-old`: messages wait to be sent; left: a relay must run; of what Debezium relays nothing is told;
 * - `dead-letters`: messages that could not be handled; left: `tablepick dlq list`.
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
 * Under what a disagreement is found: the id of a reservation; of `count-differs` and what else is about slots that of
 * a slot; of `outbox-old` and `dead-letters` `reservations` or `payments`, which is the service, with the id of the
 * dead letter behind a colon.
 */
export type ReconcileKey = number | string;

/** One thing that disagreed. */
export interface ReconcileFinding {
  name: ReconcileClass;
  key: ReconcileKey;
  end: 'fixed' | 'left';
  /** What was done, or why it was left. */
  text: string;
}

/** What was found of one class. */
export interface ClassResult {
  name: ReconcileClass;
  found: number;
  fixed: number;
  left: number;
  /** The first, as many as were asked for. */
  keys: readonly ReconcileKey[];
  /** For people: what was done or is to be done, and how often. */
  did: string;
}

/** Sums by currency, in minor units; above 2^53 - 1 the digits as text. */
export type MoneySums = Readonly<Record<string, number | string>>;

/** How a reconciliation ended. */
export interface ReconcileResult {
  /** True when nothing is left. */
  ok: boolean;
  /** All of them, also those of which nothing was found. */
  classes: readonly ClassResult[];
  /** `compared`: payments that are PAID and of which the provider was asked whether it has that money. */
  checked: { reservations: number; payments: number; compared: number };
  /** As the tables were walked, before anything was fixed. */
  money: {
    /** Seats of live reservations. */
    heldSeats: number;
    /** Money that is with the restaurant: PAID, and refunds that have not ended or failed. */
    paid: MoneySums;
    refunded: MoneySums;
  };
  ms: number;
}
