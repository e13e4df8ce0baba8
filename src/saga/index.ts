export type { CompensationState } from './compensation.js';
export { listSagas, type Saga, type SagaFilter } from './list-sagas.js';
export { resolveSaga, retrySaga, type Operation } from './operate-saga.js';
export { recordSaga, type RecordSagaOptions } from './record-saga.js';
export { reservationHandlers, type PaymentEndType, type ReservationHandlerOptions } from './reservation-handlers.js';
export type { SagaState } from './saga-state.js';
export { showSaga, type SagaDetails, type SagaStep } from './show-saga.js';
export { reservationGroup, startReservationSide, type ReservationSideOptions } from './start-reservation-side.js';
