/** A provider's report of a payment, by a callback or as an answer. */
export interface SaidPayment {
  reservationId: number;
  providerId: string;
  amount: number;
  currency: string;
  state: string;
  kind?: string;
}

/** A wrong report of a payment. */
export interface WrongPayment {
  title: string;
  said: Record<string, unknown>;
}

const OTHER_TYPES: readonly unknown[] = [undefined, null, '', true, [], {}, [20_000], 'NaN'];

/**
 * Reports in which one field of `right` is missing, of another type, negative, huge, in another case, or that of
 * another payment.
 */
export function wrongPayments(right: SaidPayment, other: SaidPayment): WrongPayment[] {
  const { reservationId, providerId, amount, currency } = right;
  const values: Record<string, readonly unknown[]> = {
    reservationId: [-reservationId, 0, reservationId + 0.5, 2 ** 53, 1e300, String(reservationId), other.reservationId],
    providerId: [7, other.providerId, providerId.toUpperCase(), `${providerId} `, 'x'.repeat(65), 'pay_한국'],
    amount: [
      0,
      -amount,
      amount - 1,
      amount + 1,
      amount / 10,
      amount * 100,
      amount + 0.5,
      String(amount),
      2 ** 53,
      1e308,
    ],
    currency: [410, 'USD', 'XXX', currency.toLowerCase(), `${currency} `, 'KR', 'KRWW'],
    state: [7, 'APPROVED', 'Approved', 'paid', 'approved '],
    ...(right.kind === undefined ? {} : { kind: [7, 'PAYMENT', 'Payment', 'charge', 'refund'] }),
  };
  const wrong = Object.entries(values).flatMap(([name, wrongs]) =>
    [...OTHER_TYPES, ...wrongs].map((value) => ({ name, value })),
  );
  return wrong.map(({ name, value }) => ({
    title: `${name} ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 40)}`,
    said: { ...right, [name]: value },
  }));
}
