import { TablepickError } from '../errors.js';

/** An amount of money: integer minor units (cents; a won has none) and an ISO 4217 code. */
export interface Money {
  amount: number;
  currency: string;
}

/** ISO 4217 for "no currency": of a payment of which no money ever moved. */
export const NO_CURRENCY = 'XXX';

/** What a reservation costs. */
export interface Priced {
  reservationId: number;
  restaurantId: number;
  /** Of a reservation of several slots the first. */
  slotId: number;
  /** All slots that are paid for as one, 1 or more; how many is their length. */
  slotIds: readonly number[];
  memberId: number;
  /** Guests, 1 or more: the same in each slot. */
  partySize: number;
}

/**
 * Says what a reservation costs, of several slots made as one all of it; it must always say the same of the same
 * reservation. Nothing (0) is paid without a provider.
 */
export type Pricing = (reservation: Priced) => Money;

/** A deposit of 5,000 KRW a guest and slot. */
export const defaultPricing: Pricing = ({ partySize, slotIds }) => ({
  amount: partySize * slotIds.length * 5000,
  currency: 'KRW',
});

/** True of a price of 0: nobody has to be asked for it, or to give it back. */
export function isNothing({ amount }: Pick<Money, 'amount'>): boolean {
  return Number(amount) === 0;
}

/**
 * The money itself, once it is one.
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

/** The money that a provider names; undefined when it is none, or no amount and currency are there. */
export function readMoney({ amount, currency }: Readonly<Record<string, unknown>>): Money | undefined {
  try {
    return checkMoney({ amount: amount as number, currency: currency as string });
  } catch {
    return undefined;
  }
}
