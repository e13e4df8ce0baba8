export type { CompensationState } from './compensation.js';
export { recordSaga, type RecordSagaOptions } from './record-saga.js';
export { reservationHandlers, type ReservationTools } from './reservation-handlers.js';
export { reservationGroup, startReservationSide, type ReservationSideOptions } from './start-reservation-side.js';
