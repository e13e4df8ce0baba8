export {
  checkInvariants,
  violationKinds,
  type CallFailure,
  type CallTimes,
  type CheckInvariantsOptions,
  type History,
  type HistoryEntry,
  type InvariantReport,
  type RecordedRequest,
  type Violation,
  type ViolationKind,
} from '../reservations/index.js';
export { startFaultProxy, type FaultProxy, type FaultProxyOptions } from './fault-proxy.js';
