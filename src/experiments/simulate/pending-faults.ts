import { sendToParent } from '../processes/measuring-process.js';
import type { Fault, Scenario } from './scenarios.js';

/** What is still to go wrong in this process. */
export class PendingFaults {
  readonly #open: Map<string, Scenario>;

  constructor(scenarios: readonly Scenario[]) {
    this.#open = new Map(
      scenarios.map((scenario) => [nameOf(scenario.fault, scenario.type, String(scenario.id)), scenario]),
    );
  }

  /** The scenario whose message goes wrong in this way now; each is told once. */
  take(fault: Fault, message: { type: string | undefined; key: string }): Scenario | undefined {
    const name = nameOf(fault, message.type ?? '', message.key);
    const scenario = this.#open.get(name);
    this.#open.delete(name);
    return scenario;
  }

  /** The scenario of a reservation that goes wrong in this way, as often as it is asked. */
  find(fault: Fault, message: { type: string; key: string }): Scenario | undefined {
    return this.#open.get(nameOf(fault, message.type, message.key));
  }
}

function nameOf(fault: Fault, type: string, key: string): string {
  return `${fault} ${type} ${key}`;
}

/** Says that it goes wrong now. */
export async function tellOccurred({ id }: Scenario): Promise<void> {
  await sendToParent({ kind: 'occurred', id });
}

/** Ends this process as a crash does: nothing is finished, closed or said. */
export async function dieOf(scenario: Scenario): Promise<never> {
  await tellOccurred(scenario);
  process.kill(process.pid, 'SIGKILL');
  return new Promise<never>(() => {});
}
