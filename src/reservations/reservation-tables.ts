/** The tables of reservations. */
export const RESERVATION_TABLES: readonly string[] = ['slot', 'reservation', 'restaurant'];
