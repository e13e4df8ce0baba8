export { keepReconciling, type KeepReconcilingOptions } from './keep-reconciling.js';
export { reconcile, type ReconcileOptions, type ReconcileProgress } from './reconcile.js';
export {
  reconcileClasses,
  type ClassResult,
  type MoneySums,
  type ReconcileClass,
  type ReconcileFinding,
  type ReconcileKey,
  type ReconcileResult,
} from './reconcile-result.js';
