import { TablepickError } from '../errors.js';
import { isMailAddress } from './mail-address.js';
import type { ReservationNotice } from './notice.js';

/** Finds the address for a notice. Undefined when there is nobody to write to. */
export type RecipientOf = (notice: ReservationNotice) => string | undefined | Promise<string | undefined>;

const FIELDS = ['memberId', 'reservationId', 'restaurantId'] as const;
const FIELD = new RegExp(`\\{(${FIELDS.join('|')})\\}`, 'g');

/**
 * Makes addresses from a template such as `guest-{memberId}@example.test`. The template may contain `memberId`,
 * `reservationId` and `restaurantId`.
 *
 * @throws `BAD_OPTION` when it makes no address.
 */
export function recipientFromTemplate(template: string): RecipientOf {
  const fill = (values: Pick<ReservationNotice, (typeof FIELDS)[number]>) =>
    template.replace(FIELD, (_, name: (typeof FIELDS)[number]) => String(values[name]));
  const longest = Number.MAX_SAFE_INTEGER;
  const sample = fill({ memberId: longest, reservationId: longest, restaurantId: longest });
  if (/[{}]/.test(template.replace(FIELD, '')) || !isMailAddress(sample)) {
    throw new TablepickError('BAD_OPTION', `${JSON.stringify(template)} makes no mail address`, {
      hint: 'for example guest-{memberId}@example.test; {reservationId} and {restaurantId} are known, too',
    });
  }
  return fill;
}
