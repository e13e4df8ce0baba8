import type { ReservationStatus } from '../reservation.js';

/** True while a reservation of that status holds its seats. */
export function isLive(status: ReservationStatus | null): boolean {
  return status === 'PENDING' || status === 'CONFIRMED';
}
