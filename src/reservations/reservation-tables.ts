/** The tables that reservations live in. */
export const RESERVATION_TABLES: readonly string[] = ['slot', 'reservation', 'restaurant'];
