import { userInfo } from 'node:os';

import {
  type Saga,
  type SagaDetails,
  type SagaFilter,
  listSagas,
  resolveSaga,
  retrySaga,
  showSaga,
} from '../../saga/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields, formatTable } from '../output/format.js';
import type { ConnectionOptions } from '../options/options.js';
import type { PaymentDatabaseOptions } from '../options/transport-options.js';
import { withDatabase } from '../connections/with-database.js';
import { withBothDatabases } from '../connections/with-payment-database.js';

/** `tablepick saga list` */
export async function listSagasCommand(
  context: CommandContext,
  options: ConnectionOptions & { stuck?: true; olderThan: number; limit: number },
): Promise<number> {
  const filter: SagaFilter = { stuck: options.stuck, olderThanMs: options.olderThan, limit: options.limit };
  return withDatabase(context, options, async ({ database }) => {
    const sagas = await listSagas(database, filter);
    context.output.result({ sagas }, () => describeSagas(sagas, filter));
    return exitCodes.done;
  });
}

function describeSagas(sagas: readonly Saga[], { stuck }: SagaFilter): string[] {
  if (sagas.length === 0) return [stuck ? 'no saga is stuck' : 'no reservations yet'];
  const heading = ['reservation', 'saga', 'seat', 'money', 'since (UTC)', 'tries', 'error'];
  return formatTable(
    heading,
    sagas.map(({ reservationId, state, status, paymentStatus, since, attempts, error }) => [
      ...[String(reservationId), state, status ?? 'gone', paymentStatus ?? '-', since.slice(0, 19), String(attempts)],
      error?.slice(0, 60) ?? '',
    ]),
  );
}

/** `tablepick saga show` */
export async function showSagaCommand(
  context: CommandContext,
  reservationId: number,
  options: ConnectionOptions & PaymentDatabaseOptions,
): Promise<number> {
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
        ...[at.slice(0, 23), service, subject, from ?? '-', to, reason, actor],
      ]),
    ),
  ];
}

interface OperateOptions extends ConnectionOptions {
  note: string;
  by?: string;
}

/** `tablepick saga retry` */
export async function retrySagaCommand(
  context: CommandContext,
  reservationId: number,
  options: OperateOptions,
): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    await retrySaga(database, operationOf(reservationId, options));
    context.output.result({ reservationId }, () => [
      `the refund of reservation ${reservationId} is asked for again`,
      'it goes out with the next relay: tablepick serve, or tablepick outbox relay --once',
    ]);
    return exitCodes.done;
  });
}

/** `tablepick saga resolve` */
export async function resolveSagaCommand(
  context: CommandContext,
  reservationId: number,
  options: OperateOptions,
): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    await resolveSaga(database, operationOf(reservationId, options));
    context.output.result({ reservationId }, () => `the saga of reservation ${reservationId} is resolved`);
    return exitCodes.done;
  });
}

function operationOf(
  reservationId: number,
  { note, by }: OperateOptions,
): { reservationId: number; note: string; operator: string } {
  return { reservationId, note, operator: by ?? userName() };
}

/** In a container a user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
