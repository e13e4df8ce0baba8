/** The kind of the problem with which a provider refuses another amount for a reservation that it knows. */
export const OTHER_AMOUNT = 'other-amount';

/** True for a provider's name of a payment: 1 to 64 printable ASCII characters, as the `payment` table holds it. */
export function isProviderId(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]{1,64}$/.test(value);
}

/** True for a reservation's id in JSON: a whole number of 1 to 2^53 - 1. */
export function isReservationId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A reason cut to the 255 characters that the `payment` table holds; undefined when there is none. */
export function readReason(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 255) : undefined;
}

/** The fields of a JSON object; none for any other value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
