import { RESERVATION_TABLES } from '../reservations/reservation-tables.js';

/** The tables of the reservation side beside those of its messages. */
export const SAGA_TABLES: readonly string[] = [...RESERVATION_TABLES, 'compensation', 'reservation_history'];
