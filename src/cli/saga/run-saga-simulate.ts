import { writeFile } from 'node:fs/promises';

import { fileError } from '../../file-errors.js';
import { type SimulateEvent, type Simulation, describeSimulation, simulateSaga } from '../../experiments/index.js';
import { SIMULATION_HEADING, renderSimulation } from '../../report/render-simulation.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../output/format.js';
import { refuseForeignFile } from '../output/refuse-foreign-file.js';
import { transportOf, withKafka } from '../connections/with-transport.js';
import { withConnection } from '../connections/with-connection.js';
import type { sagaSimulateCommand } from './saga-simulate-command.js';

type Options = OptionsOfCommand<typeof sagaSimulateCommand>;

/** `tablepick saga simulate`: done when every end is right, broken when any end is wrong. */
export async function runSagaSimulate(context: CommandContext, options: Options): Promise<number> {
  const { faults, markdown } = options;
  const { signal } = context.stop;
  const page =
    markdown === undefined ? undefined : { option: '--markdown', file: markdown, beginning: SIMULATION_HEADING };
  // Checked before the simulation, which takes minutes.
  if (page !== undefined) await refuseForeignFile(page);
  const simulation = await withConnection(context, { ...options, mustWrite: true }, ({ connection }) =>
    withKafka(context, options, (kafka) =>
      simulateSaga({ connection, transport: transportOf(options), kafka, faults, signal, onEvent: tell(context) }),
    ),
  );
  if (page !== undefined) await writeMarkdown(page.file, renderSimulation(describeSimulation(simulation)));
  context.output.result(simulation, () => describe(simulation));
  return simulation.ok ? exitCodes.done : exitCodes.broken;
}

async function writeMarkdown(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => {
    throw fileError(error, { what: '--markdown', path, use: 'written' });
  });
}

/** Prints a line now and then. */
function tell({ output }: CommandContext): (event: SimulateEvent) => void {
  let done = 0;
  let of = 0;
  let toldAtMs = 0;
  return (event) => {
    if (event.kind === 'begun') output.note(`${event.scenarios} reservations, each with a fate of its own`);
    if (event.kind === 'occurred') ({ done, of } = event);
    if (event.kind !== 'waiting' || performance.now() - toldAtMs < 5000) return;
    toldAtMs = performance.now();
    output.note(`${done} of ${of} faults have occurred, ${event.open} reservations are not settled yet`);
  };
}

function describe(simulation: Simulation): string[] {
  const { lines } = describeSimulation(simulation);
  const heading = ['message', 'what goes wrong', 'saga', 'seat', 'payment', 'kept', 'mails', 'right'];
  const rows = lines.map(({ message, fault, saga, seat, payment, kept, mails, wrong }) => [
    message,
    fault,
    saga,
    seat,
    payment,
    String(kept),
    String(mails),
    wrong.length === 0 ? 'yes' : `NO: ${wrong.join('; ')}`,
  ]);
  const bad = lines.filter(({ wrong }) => wrong.length > 0).length;
  const verdict = bad === 0 ? 'money and seats are right in all of them' : `WRONG in ${bad} of them`;
  return [
    ...formatTable(heading, rows),
    '',
    `${lines.length} scenarios on ${simulation.server}, ${simulation.transport}: ${verdict}`,
  ];
}
