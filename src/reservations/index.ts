export { createReservations } from './create-reservations.js';
export { checkInvariants, type CheckInvariantsOptions } from './invariants/check-invariants.js';
export type { CallFailure, CallTimes, History, HistoryEntry, RecordedRequest } from './invariants/history/history.js';
export { recordHistory, type RecordHistoryOptions } from './invariants/history/record-history.js';
export {
  violationKinds,
  type InvariantReport,
  type Violation,
  type ViolationKind,
} from './invariants/invariant-report.js';
export { createCombining, type CombiningOptions } from './locks/combining/combining.js';
export type { LockGuarantees, LockStrategy, OpenStrategy, StrategyContext } from './locks/lock-strategy.js';
export { createPessimistic, type PessimisticOptions } from './locks/pessimistic.js';
export { createRedisLock, type RedisLockOptions } from './locks/redis/redis-lock.js';
export { lockStrategies } from './locks/strategies.js';
export { defaultStrategy, lockStrategyNames, type LockStrategyName } from './locks/strategy-names.js';
export type {
  CancelOutcome,
  ConfirmOutcome,
  ExpireOutcome,
  LocatedRequest,
  PaymentHeard,
  RecordChanges,
  ReservationChange,
  ReservationDetails,
  ReservationOutcome,
  ReservationRequest,
  ReservationStatus,
  SeatsPer,
  SlotFacts,
  SlotPlace,
  SlotReference,
  Statement,
} from './reservation.js';
export type { CallOptions, ChangeRequest, Reservations, ReservationsOptions, SweepResult } from './reservations.js';
export type { SoldOutFlagOptions } from './sold-out/guard-sold-out.js';
export { rebuildSoldOutFlags, type RebuildFlagsOptions } from './sold-out/rebuild-sold-out-flags.js';
export { keepExpiring, type KeepExpiringOptions } from './transitions/keep-expiring.js';
export type { ChangesRequest } from './transitions/change-all.js';
export type { Change, DecidedChange, PaymentNews } from './transitions/decide-changes.js';
export type { HeldReservation } from './transitions/held-reservations.js';
