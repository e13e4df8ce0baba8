import type { CommandAction, CommandDefinition } from './command.js';

/**
 * A command in the list. Its definition is loaded when its help or the command itself is asked for. Its action is
 * loaded when it runs.
 */
export interface ListedCommand {
  /** `init` or `runs list`. */
  name: string;
  loadDefinition: () => Promise<CommandDefinition>;
  loadAction: () => Promise<CommandAction<CommandDefinition>>;
}

/**
 * Does not compile unless the definition has this name and the action takes the options and the argument of the
 * definition.
 */
function command<const Name extends string, Definition extends CommandDefinition<Name>>(
  name: Name,
  loadDefinition: () => Promise<Definition>,
  loadAction: () => Promise<CommandAction<Definition>>,
): ListedCommand {
  return { name, loadDefinition, loadAction };
}

/** Groups of commands and their descriptions. */
export const commandGroups: Readonly<Record<string, string>> = {
  slots: 'look at slots: the plan, and the proof that it is in the table',
  runs: 'generations on record: list, show, resume, adopt, take back',
  sandbox: 'private servers: the database that serves when none is named, a Redis and a Kafka',
  reservations: 'look after reservations: what must hold, and holds that are due',
  saga: 'where reservations stand between seat and money, and what to do when one is stuck',
  outbox: 'what the services have to say to each other: how much waits, and a relay that sends it',
  dlq: 'messages that could not be handled or sent: look at them, send them again, put them aside',
  locks: 'see who waits for whom on which slot',
  bench: 'measure on your own machine and database',
};

/** Every command of `tablepick`, in the order of its help. */
export const commandList: readonly ListedCommand[] = [
  command(
    'init',
    async () => (await import('./database/init-command.js')).initCommand,
    async () => (await import('./database/run-init.js')).runInit,
  ),
  command(
    'doctor',
    async () => (await import('./database/doctor-command.js')).doctorCommand,
    async () => (await import('./database/run-doctor.js')).runDoctor,
  ),
  command(
    'generate-slots',
    async () => (await import('./generate-slots/generate-slots-command.js')).generateSlotsCommand,
    async () => (await import('./generate-slots/run-generate-slots.js')).runGenerateSlots,
  ),
  command(
    'slots plan',
    async () => (await import('./slots/slots-plan-command.js')).slotsPlanCommand,
    async () => (await import('./slots/run-slots-plan.js')).runSlotsPlan,
  ),
  command(
    'slots verify',
    async () => (await import('./slots/slots-verify-command.js')).slotsVerifyCommand,
    async () => (await import('./slots/run-slots-verify.js')).runSlotsVerify,
  ),
  command(
    'runs list',
    async () => (await import('./runs/runs-list-command.js')).runsListCommand,
    async () => (await import('./runs/run-runs-list.js')).runRunsList,
  ),
  command(
    'runs show',
    async () => (await import('./runs/runs-show-command.js')).runsShowCommand,
    async () => (await import('./runs/run-runs-show.js')).runRunsShow,
  ),
  command(
    'runs resume',
    async () => (await import('./runs/runs-resume-command.js')).runsResumeCommand,
    async () => (await import('./runs/run-runs-resume.js')).runRunsResume,
  ),
  command(
    'runs adopt',
    async () => (await import('./runs/runs-adopt-command.js')).runsAdoptCommand,
    async () => (await import('./runs/run-runs-adopt.js')).runRunsAdopt,
  ),
  command(
    'runs rollback',
    async () => (await import('./runs/runs-rollback-command.js')).runsRollbackCommand,
    async () => (await import('./runs/run-runs-rollback.js')).runRunsRollback,
  ),
  command(
    'reserve',
    async () => (await import('./reservations/reserve-command.js')).reserveCommand,
    async () => (await import('./reservations/run-reserve.js')).runReserve,
  ),
  command(
    'confirm',
    async () => (await import('./reservations/confirm-command.js')).confirmCommand,
    async () => (await import('./reservations/run-confirm.js')).runConfirm,
  ),
  command(
    'cancel',
    async () => (await import('./reservations/cancel-command.js')).cancelCommand,
    async () => (await import('./reservations/run-cancel.js')).runCancel,
  ),
  command(
    'reservations expire',
    async () => (await import('./reservations/reservations-expire-command.js')).reservationsExpireCommand,
    async () => (await import('./reservations/run-reservations-expire.js')).runReservationsExpire,
  ),
  command(
    'reservations check',
    async () => (await import('./reservations/reservations-check-command.js')).reservationsCheckCommand,
    async () => (await import('./reservations/run-reservations-check.js')).runReservationsCheck,
  ),
  command(
    'serve',
    async () => (await import('./serve/serve-command.js')).serveCommand,
    async () => (await import('./serve/run-serve.js')).runServe,
  ),
  command(
    'consume',
    async () => (await import('./messages/consume-command.js')).consumeCommand,
    async () => (await import('./messages/run-consume.js')).runConsume,
  ),
  command(
    'saga list',
    async () => (await import('./saga/saga-list-command.js')).sagaListCommand,
    async () => (await import('./saga/run-saga-list.js')).runSagaList,
  ),
  command(
    'saga show',
    async () => (await import('./saga/saga-show-command.js')).sagaShowCommand,
    async () => (await import('./saga/run-saga-show.js')).runSagaShow,
  ),
  command(
    'saga retry',
    async () => (await import('./saga/saga-retry-command.js')).sagaRetryCommand,
    async () => (await import('./saga/run-saga-retry.js')).runSagaRetry,
  ),
  command(
    'saga resolve',
    async () => (await import('./saga/saga-resolve-command.js')).sagaResolveCommand,
    async () => (await import('./saga/run-saga-resolve.js')).runSagaResolve,
  ),
  command(
    'saga simulate',
    async () => (await import('./saga/saga-simulate-command.js')).sagaSimulateCommand,
    async () => (await import('./saga/run-saga-simulate.js')).runSagaSimulate,
  ),
  command(
    'reconcile',
    async () => (await import('./reconcile/reconcile-command.js')).reconcileCommand,
    async () => (await import('./reconcile/run-reconcile.js')).runReconcile,
  ),
  command(
    'outbox status',
    async () => (await import('./messages/outbox-status-command.js')).outboxStatusCommand,
    async () => (await import('./messages/run-outbox-status.js')).runOutboxStatus,
  ),
  command(
    'outbox relay',
    async () => (await import('./messages/outbox-relay-command.js')).outboxRelayCommand,
    async () => (await import('./messages/run-outbox-relay.js')).runOutboxRelay,
  ),
  command(
    'dlq list',
    async () => (await import('./dead-letters/dlq-list-command.js')).dlqListCommand,
    async () => (await import('./dead-letters/run-dlq-list.js')).runDlqList,
  ),
  command(
    'dlq show',
    async () => (await import('./dead-letters/dlq-show-command.js')).dlqShowCommand,
    async () => (await import('./dead-letters/run-dlq-show.js')).runDlqShow,
  ),
  command(
    'dlq redrive',
    async () => (await import('./dead-letters/dlq-redrive-command.js')).dlqRedriveCommand,
    async () => (await import('./dead-letters/run-dlq-redrive.js')).runDlqRedrive,
  ),
  command(
    'dlq park',
    async () => (await import('./dead-letters/dlq-park-command.js')).dlqParkCommand,
    async () => (await import('./dead-letters/run-dlq-park.js')).runDlqPark,
  ),
  command(
    'sandbox up',
    async () => (await import('./sandbox/sandbox-up-command.js')).sandboxUpCommand,
    async () => (await import('./sandbox/run-sandbox-up.js')).runSandboxUp,
  ),
  command(
    'sandbox down',
    async () => (await import('./sandbox/sandbox-down-command.js')).sandboxDownCommand,
    async () => (await import('./sandbox/run-sandbox-down.js')).runSandboxDown,
  ),
  command(
    'sandbox status',
    async () => (await import('./sandbox/sandbox-status-command.js')).sandboxStatusCommand,
    async () => (await import('./sandbox/run-sandbox-status.js')).runSandboxStatus,
  ),
  command(
    'sandbox url',
    async () => (await import('./sandbox/sandbox-url-command.js')).sandboxUrlCommand,
    async () => (await import('./sandbox/run-sandbox-url.js')).runSandboxUrl,
  ),
  command(
    'sandbox reset',
    async () => (await import('./sandbox/sandbox-reset-command.js')).sandboxResetCommand,
    async () => (await import('./sandbox/run-sandbox-reset.js')).runSandboxReset,
  ),
  command(
    'locks watch',
    async () => (await import('./locks/locks-watch-command.js')).locksWatchCommand,
    async () => (await import('./locks/run-locks-watch.js')).runLocksWatch,
  ),
  command(
    'bench insert',
    async () => (await import('./bench/bench-insert-command.js')).benchInsertCommand,
    async () => (await import('./bench/run-bench-insert.js')).runBenchInsert,
  ),
  command(
    'bench locks',
    async () => (await import('./bench/bench-locks-command.js')).benchLocksCommand,
    async () => (await import('./bench/run-bench-locks.js')).runBenchLocks,
  ),
  command(
    'bench tx-scope',
    async () => (await import('./bench/bench-tx-scope-command.js')).benchTxScopeCommand,
    async () => (await import('./bench/run-bench-tx-scope.js')).runBenchTxScope,
  ),
  command(
    'bench transitions',
    async () => (await import('./bench/bench-transitions-command.js')).benchTransitionsCommand,
    async () => (await import('./bench/run-bench-transitions.js')).runBenchTransitions,
  ),
  command(
    'bench relay',
    async () => (await import('./bench/bench-relay-command.js')).benchRelayCommand,
    async () => (await import('./bench/run-bench-relay.js')).runBenchRelay,
  ),
  command(
    'bench consumer',
    async () => (await import('./bench/bench-consumer-command.js')).benchConsumerCommand,
    async () => (await import('./bench/run-bench-consumer.js')).runBenchConsumer,
  ),
  command(
    'bench saga',
    async () => (await import('./bench/bench-saga-command.js')).benchSagaCommand,
    async () => (await import('./bench/run-bench-saga.js')).runBenchSaga,
  ),
  command(
    'bench reconcile',
    async () => (await import('./bench/bench-reconcile-command.js')).benchReconcileCommand,
    async () => (await import('./bench/run-bench-reconcile.js')).runBenchReconcile,
  ),
];
