import { type SagaDetails, showSaga } from '../../saga/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { withBothDatabases } from '../connections/with-payment-database.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields, formatTable } from '../output/format.js';
import type { sagaShowCommand } from './saga-show-command.js';

type Options = OptionsOfCommand<typeof sagaShowCommand>;

/** `tablepick saga show` */
export async function runSagaShow(context: CommandContext, options: Options, reservationId: number): Promise<number> {
  return withBothDatabases(context, options, async ({ database, payments }) => {
    const saga = await showSaga({ database, payments }, reservationId);
    context.output.result(saga, () => describeSaga(saga));
    return exitCodes.done;
  });
}

function describeSaga(saga: SagaDetails): string[] {
  const { payment } = saga;
  const money =
    payment && `${payment.amount} ${payment.currency} ${payment.status}, at the provider ${payment.providerId ?? '-'}`;
  return [
    ...formatFields([
      ['reservation', `${saga.reservationId} of member ${saga.memberId ?? 'unknown'}`],
      ['saga', saga.state],
      ['seat', saga.status ?? 'gone'],
      ['heard of the payment', saga.paymentStatus ?? 'nothing'],
      ['payment service', money ?? 'knows no payment'],
      ...(saga.error === null ? [] : [['error', saga.error] as const]),
      ...saga.deadLetters.map(
        ({ id, service, type, reason }) =>
          ['dead letter', `${id} (${type}, ${reason}): tablepick dlq show ${id} --service ${service}`] as const,
      ),
    ]),
    '',
    ...formatTable(
      ['at (UTC)', 'side', 'what', 'from', 'to', 'why', 'by'],
      saga.steps.map(({ at, service, subject, from, to, reason, actor }) => [
        at.slice(0, 23),
        service,
        subject,
        from ?? '-',
        to,
        reason,
        actor,
      ]),
    ),
  ];
}
