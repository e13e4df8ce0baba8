import { TablepickError } from '../errors.js';

/** An amount of money: integer minor units (cents; a won has none) and an ISO 4217 code. */
export interface Money {
  amount: number;
  currency: string;
}

/** ISO 4217 for "no currency", for a payment without any money. */
export const NO_CURRENCY = 'XXX';

/** A reservation to be priced. */
export interface Priced {
  reservationId: number;
  restaurantId: number;
  /** When a reservation has several slots, the first. */
  slotId: number;
  /** All slots that are paid for as one, 1 or more. */
  slotIds: readonly number[];
  memberId: number;
  /** Guests, 1 or more: the same in each slot. */
  partySize: number;
}

/**
 * Returns the price of a reservation. When several slots were reserved as one, it is the price of all of them. It must
 * always return the same for the same reservation. When the price is 0, no provider is asked.
 */
export type Pricing = (reservation: Priced) => Money;

/** A deposit of 5,000 KRW a guest and slot. */
export const defaultPricing: Pricing = ({ partySize, slotIds }) => ({
  amount: partySize * slotIds.length * 5000,
  currency: 'KRW',
});

/** True when the price is 0, so that no provider charges it or gives it back. */
export function isNothing({ amount }: Pick<Money, 'amount'>): boolean {
  return Number(amount) === 0;
}

/**
 * Checks the money and returns it.
 *
 * @throws `BAD_AMOUNT` when the amount is no whole number of 0 to 2^53 - 1, or the currency not three capital letters.
 */
export function checkMoney({ amount, currency }: Money): Money {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new TablepickError('BAD_AMOUNT', `the amount is ${amount}, but must be a whole number of minor units`, {
      hint: 'let the pricing function return integer minor units of 0 to 2^53 - 1',
    });
  }
  if (typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)) return { amount, currency };
  throw new TablepickError(
    'BAD_AMOUNT',
    `the currency is ${JSON.stringify(currency)}, but must be three capital letters`,
    {
      hint: 'use the ISO 4217 code, e.g. KRW or EUR',
    },
  );
}

/** The money in a provider's answer. Undefined when amount or currency is missing or wrong. */
export function readMoney({ amount, currency }: Readonly<Record<string, unknown>>): Money | undefined {
  try {
    return checkMoney({ amount: amount as number, currency: currency as string });
  } catch {
    return undefined;
  }
}
