import { TablepickError } from '../../errors.js';
import { startMeasuringProcess } from '../processes/measuring-process.js';
import { SAGA_JOB, type SagaJob, type SagaMessage, type SagaPlaces, type SagaRole } from './simulate-job.js';
import type { Scenario } from './scenarios.js';

/** How the services of a simulation are run. */
export interface SuperviseOptions {
  places: SagaPlaces;
  scenarios: readonly Scenario[];
  /** Called for each scenario whose fault occurs. */
  onOccurred: (id: number) => void;
}

/** The running services of a simulation. */
export interface SupervisedServices {
  /** Rejects when a service fails for another reason than a scenario. */
  failed: Promise<never>;
  /** Ids of the scenarios whose fault has occurred. */
  occurred(): ReadonlySet<number>;
  stop(): Promise<void>;
}

const ROLES: readonly SagaRole[] = ['reservation', 'payment', 'notifications'];

/**
 * Runs each service in a process of its own. When a scenario has killed a service, it is started again. Resolves when
 * all services are at work.
 */
export async function superviseServices(options: SuperviseOptions): Promise<SupervisedServices> {
  const occurred = new Set<number>();
  const stops: (() => Promise<void>)[] = [];
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => {});
  const services = ROLES.map((role) => keepRunning(role, { ...options, occurred, fail }));
  for (const service of services) stops.push(service.stop);
  await Promise.race([Promise.all(services.map(({ ready }) => ready)), failed]);
  return { failed, occurred: () => occurred, stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}

interface Keeping extends SuperviseOptions {
  occurred: Set<number>;
  fail: (error: unknown) => void;
}

function keepRunning(role: SagaRole, keeping: Keeping): { ready: Promise<void>; stop: () => Promise<void> } {
  let isStopping = false;
  let kill: () => void = () => {};
  let onReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => (onReady = resolve));
  const run = async (): Promise<void> => {
    while (!isStopping) {
      const { occurredBefore, ended } = runOnce(role, keeping, { onReady, onStart: (end) => (kill = end) });
      const words = await ended;
      const died = keeping.occurred.size > occurredBefore;
      if (!isStopping && !died) keeping.fail(new TablepickError('PEER_FAILED', `the ${role} service ended: ${words}`));
      if (!died) return;
    }
  };
  const done = run();
  return {
    ready,
    stop: async () => {
      isStopping = true;
      kill();
      await done;
    },
  };
}

function runOnce(
  role: SagaRole,
  { places, scenarios, occurred, onOccurred, fail }: Keeping,
  { onReady, onStart }: { onReady: () => void; onStart: (kill: () => void) => void },
): { occurredBefore: number; ended: Promise<string> } {
  const job: SagaJob = { role, places, scenarios, occurred: [...occurred] };
  const { child, ended } = startMeasuringProcess<SagaMessage>(
    new URL('simulate-process.js', import.meta.url).pathname,
    {
      env: { [SAGA_JOB]: JSON.stringify(job) },
      onMessage: (message) => {
        if (message.kind === 'ready') onReady();
        if (message.kind === 'failed')
          fail(new TablepickError('PEER_FAILED', `the ${role} service: ${message.message}`));
        if (message.kind !== 'occurred') return;
        occurred.add(message.id);
        onOccurred(message.id);
      },
    },
  );
  onStart(() => void child.kill('SIGKILL'));
  return { occurredBefore: occurred.size, ended };
}
