import type { Database } from '../../database/index.js';
import { readPayment } from '../../payments/index.js';
import type { SagaState } from '../../saga/index.js';
import { readSagas } from '../../saga/list-sagas.js';
import type { GatewayServer } from '../../servers/index.js';
import { type Expectation, type Scenario, expectationOf } from './scenarios.js';

/** How a scenario ended. */
export interface ScenarioEnd extends Scenario {
  /** False when the fault did not occur. */
  occurred: boolean;
  saga: SagaState;
  seat: string;
  /** Seats that are taken according to the slot. */
  seatsTaken: number;
  payment: string;
  /** Money that the provider took and did not give back, in minor units. */
  kept: number;
  mails: number;
  /** Empty when seat, money and mails are right. */
  wrong: string[];
}

/** The sources from which the ends are read. */
export interface JudgeContext {
  reservations: Database;
  payments: Database;
  gateways: Readonly<Record<Scenario['story'], GatewayServer>>;
  /** Number of mails by member. */
  mails: ReadonlyMap<number, number>;
}

/** Reads how a scenario ended, and compares it with how it must end. */
export async function judgeScenario(
  context: JudgeContext,
  scenario: Scenario,
  occurred: boolean,
): Promise<ScenarioEnd> {
  const { id, story } = scenario;
  const [saga] = await readSagas(context.reservations, [id]);
  const payment = await readPayment(context.payments, id);
  const end = {
    ...scenario,
    occurred,
    saga: saga!.state,
    seat: saga!.status as string,
    seatsTaken: await readSeatsTaken(context.reservations, id),
    payment: payment?.status ?? 'none',
    kept: moneyKept(context.gateways[story], id),
    mails: context.mails.get(id) ?? 0,
  };
  return { ...end, wrong: findWrong(end, expectationOf(scenario), payment?.amount ?? 0) };
}

async function readSeatsTaken(reservations: Database, slotId: number): Promise<number> {
  const sql = 'SELECT {slot.count} AS taken FROM {slot} WHERE {slot.id} = ?';
  const [slot] = await reservations.query<{ taken: number }>(sql, [slotId]);
  return slot!.taken;
}

function moneyKept(gateway: GatewayServer, id: number): number {
  const line = gateway.ledger().find(({ reservationId }) => reservationId === id);
  return (line?.charged ?? 0) - (line?.refunded ?? 0);
}

function findWrong(end: Omit<ScenarioEnd, 'wrong'>, expected: Expectation, amount: number): string[] {
  return [...wrongCourse(end), ...wrongSeat(end, expected), ...wrongMoney(end, expected, amount)];
}

function wrongCourse({ occurred, fault, saga }: Omit<ScenarioEnd, 'wrong'>): string[] {
  const isPlayed = occurred || fault === 'none';
  return [
    ...(isPlayed ? [] : ['the fault did not come about']),
    ...(isFinal(saga) ? [] : [`the saga is still ${saga}`]),
  ];
}

function wrongSeat({ seat, seatsTaken, mails }: Omit<ScenarioEnd, 'wrong'>, expected: Expectation): string[] {
  return [
    ...(seat === expected.seat ? [] : [`the seat is ${seat}, not ${expected.seat}`]),
    ...(seatsTaken === (expected.seat === 'CONFIRMED' ? 1 : 0) ? [] : [`the slot counts ${seatsTaken} seats taken`]),
    ...(mails === expected.mails ? [] : [`the guest got ${mails} mails, not ${expected.mails}`]),
  ];
}

function wrongMoney({ kept, saga }: Omit<ScenarioEnd, 'wrong'>, { money }: Expectation, amount: number): string[] {
  const isKept = money === 'kept' || money === 'for an operator';
  if (isKept && amount === 0) return ['nothing was charged'];
  return [
    ...(kept === (isKept ? amount : 0) ? [] : [`the provider kept ${kept}`]),
    ...(money !== 'for an operator' || saga === 'COMPENSATION_FAILED' ? [] : [`the saga is ${saga}`]),
  ];
}

function isFinal(saga: SagaState): boolean {
  return saga !== 'AWAITING_PAYMENT' && saga !== 'REFUNDING';
}
