export type { LatencyRecord } from '../bench/load/latency-histogram.js';
export type {
  BacklogSample,
  LatencySummary,
  LoadCosts,
  LoadBody,
  LoadMeasurement,
  LoadRun,
  LoadVariant,
  LoadVariantDescription,
  ServerCounts,
  Verdict,
} from '../bench/load/load-result.js';
export type {
  BenchResult,
  Figure,
  Goal,
  MachineFacts,
  ResultBody,
  ResultEnvelope,
  ResultOf,
  ServerFacts,
  SourceRevision,
} from '../bench/result.js';
export type {
  RecordedRun,
  RowsBody,
  RunMeasurement,
  VariantDescription,
  VariantResult,
} from '../bench/rows/rows-result.js';
export type { ProcessUse, RssSample, RunPlace, VariantGroup } from '../bench/run-facts.js';
export type { Spread } from '../bench/statistics.js';
export { readResult } from '../report/read-result.js';
export type { SimulatedLine, SimulatedPage } from '../report/render-simulation.js';
export { benchConsumer, type BenchConsumerOptions } from './consumer/bench-consumer.js';
export { consumerWays, type ConsumerWay } from './consumer/consumer-job.js';
export { benchInsert, type BenchInsertOptions } from './insert/bench-insert.js';
export { benchMonths, type BenchMonthsOptions } from './insert/bench-months.js';
export type { InsertExperimentOptions } from './insert/insert-experiment.js';
export type { PeerChoice } from './insert/insert-variants.js';
export { benchLocks, type BenchLocksOptions } from './locks/bench-locks.js';
export type { SceneOptions } from './locks/check-scene.js';
export type { Sweep, SweepParameter } from './locks/lock-variants.js';
export { benchReconcile, type BenchReconcileOptions } from './reconcile/bench-reconcile.js';
export type { BenchEvent } from './record/bench-event.js';
export type { BenchOutcome } from './record/bench-outcome.js';
export type { ExperimentOptions } from './record/experiment.js';
export { benchRelay, type BenchRelayOptions } from './relay/bench-relay.js';
export { benchSaga, type BenchSagaOptions } from './saga/bench-saga.js';
export { sagaWays, type SagaWay } from './saga/saga-job.js';
export { createBenchDatabase } from './server/create-bench-database.js';
export { describeSimulation } from './simulate/describe-simulation.js';
export type { ScenarioEnd } from './simulate/judge-scenario.js';
export { faultNames, type Fault, type Scenario, type Story } from './simulate/scenarios.js';
export { simulateSaga, type SimulateEvent, type SimulateOptions, type Simulation } from './simulate/simulate-saga.js';
export { benchTransitions, type BenchTransitionsOptions } from './transitions/bench-transitions.js';
export { transitionWays, type TransitionWay } from './transitions/transition-job.js';
export { benchTxScope, type BenchTxScopeOptions } from './tx-scope/bench-tx-scope.js';
