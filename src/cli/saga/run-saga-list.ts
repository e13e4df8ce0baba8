import { type Saga, type SagaFilter, countPaidLate, listSagas, readSagaBacklog } from '../../saga/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { withDatabase } from '../connections/with-database.js';
import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../output/format.js';
import { describeBacklog } from './describe-backlog.js';
import type { sagaListCommand } from './saga-list-command.js';

type Options = OptionsOfCommand<typeof sagaListCommand>;

/** `tablepick saga list` */
export async function runSagaList(context: CommandContext, options: Options): Promise<number> {
  const filter: SagaFilter = { stuck: options.stuck, olderThanMs: options.olderThan, limit: options.limit };
  return withDatabase(context, options, async ({ database }) => {
    const sagas = await listSagas(database, filter);
    const backlog = { ...(await readSagaBacklog(database)), paidLate: await countPaidLate(database) };
    context.output.result({ sagas, backlog }, () => [...describeSagas(sagas, filter), '', describeBacklog(backlog)]);
    return exitCodes.done;
  });
}

function describeSagas(sagas: readonly Saga[], { stuck }: SagaFilter): string[] {
  if (sagas.length === 0) return [stuck ? 'no saga is stuck' : 'no reservations yet'];
  const heading = ['reservation', 'saga', 'seat', 'money', 'since (UTC)', 'tries', 'error'];
  return formatTable(
    heading,
    sagas.map(({ reservationId, state, status, paymentStatus, since, attempts, error }) => [
      String(reservationId),
      state,
      status ?? 'gone',
      paymentStatus ?? '-',
      since.slice(0, 19),
      String(attempts),
      error?.slice(0, 60) ?? '',
    ]),
  );
}
