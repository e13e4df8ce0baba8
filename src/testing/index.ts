export { withFailpoints, type Ports } from './failpoints.js';
export { failpointNames, type FailpointName } from './failpoints/failpoint-names.js';
export {
  createFailpoints,
  type FailpointPlan,
  type FailpointRule,
  type Failpoints,
  type OnTrigger,
} from './failpoints/failpoint-plan.js';
export { startFaultProxy, type FaultProxy, type FaultProxyOptions, type LostCommit } from './fault-proxy.js';
export { playTraffic, type TrafficOptions } from './play-traffic.js';
export { seededRandom } from './seeded-random.js';
export {
  runStrategySuite,
  strategyCheckNames,
  type StrategyCheckResult,
  type StrategySuiteOptions,
} from './strategy-suite/run-strategy-suite.js';
export type { SlotState, SuiteScene } from './strategy-suite/suite-scene.js';
export {
  runTransportSuite,
  transportCheckNames,
  type TransportCheckResult,
  type TransportSuiteOptions,
} from './transport-suite/run-transport-suite.js';
