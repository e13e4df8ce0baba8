import { sendToParent } from '../processes/measuring-process.js';
import type { Fault, Scenario } from './scenarios.js';

/** The faults of this process that have not occurred yet. */
export class PendingFaults {
  readonly #open: Map<string, Scenario>;

  constructor(scenarios: readonly Scenario[]) {
    this.#open = new Map(
      scenarios.map((scenario) => [nameOf(scenario.fault, scenario.type, String(scenario.id)), scenario]),
    );
  }

  /** The scenario whose message has this fault now. It is returned once. */
  take(fault: Fault, message: { type: string | undefined; key: string }): Scenario | undefined {
    const name = nameOf(fault, message.type ?? '', message.key);
    const scenario = this.#open.get(name);
    this.#open.delete(name);
    return scenario;
  }

  /** The scenario whose message has this fault. It is returned at every call. */
  find(fault: Fault, message: { type: string; key: string }): Scenario | undefined {
    return this.#open.get(nameOf(fault, message.type, message.key));
  }
}

function nameOf(fault: Fault, type: string, key: string): string {
  return `${fault} ${type} ${key}`;
}

/** Tells the parent process that the fault occurs now. */
export async function tellOccurred({ id }: Scenario): Promise<void> {
  await sendToParent({ kind: 'occurred', id });
}

/** Tells the parent process, then kills this process: nothing is finished or closed. */
export async function dieOf(scenario: Scenario): Promise<never> {
  await tellOccurred(scenario);
  process.kill(process.pid, 'SIGKILL');
  return new Promise<never>(() => {});
}
