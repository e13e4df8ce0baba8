import type { SagaEventType } from '../../payments/index.js';

/** How a reservation ends when no fault occurs. */
export type Story = 'confirmed' | 'declined' | 'cancelled' | 'refund-refused';

/** A fault that occurs to one message of a saga. */
export type Fault =
  | 'none'
  | 'relay-killed-before-send'
  | 'relay-killed-after-send'
  | 'consumer-killed-before-effect'
  | 'consumer-killed-after-effect'
  | 'duplicate'
  | 'late'
  | 'reordered'
  | 'gateway-down'
  | 'gateway-slow'
  | 'gateway-ambiguous'
  | 'gateway-wrong';

/** One reservation and the fault that occurs to it. */
export interface Scenario {
  /** Also the id of its reservation, its slot and its member. */
  id: number;
  story: Story;
  /** The message to which the fault occurs. */
  type: SagaEventType;
  fault: Fault;
}

/** How a scenario must end. */
export interface Expectation {
  seat: 'CONFIRMED' | 'CANCELLED' | 'EXPIRED';
  /** Where the money is at the end. */
  money: 'kept' | 'none' | 'given back' | 'for an operator';
  /** Mails to the guest. */
  mails: number;
}

/** The faults in words for people. */
export const faultWords: Readonly<Record<Fault, string>> = {
  none: 'nothing goes wrong',
  'relay-killed-before-send': 'the sender is killed (-9) before it sends',
  'relay-killed-after-send': 'the sender is killed (-9) after the send, before it notes it',
  'consumer-killed-before-effect': 'the receiver is killed (-9) before its effect',
  'consumer-killed-after-effect': 'the receiver is killed (-9) after its effect, before it acknowledges',
  duplicate: 'the message comes twice',
  late: 'the message comes after the hold has expired',
  reordered: 'a copy comes again after all later ones',
  'gateway-down': 'the provider is away at first',
  'gateway-slow': 'the provider answers after the time limit',
  'gateway-ambiguous': 'the provider does it and its answers get lost',
  'gateway-wrong': 'the provider does it, its answer gets lost, and it calls the next request wrong',
};

/** All faults. */
export const faultNames: readonly Exclude<Fault, 'none'>[] = (Object.keys(faultWords) as Fault[]).filter(
  (fault) => fault !== 'none',
);

const STORY_OF: Readonly<Record<SagaEventType, Story>> = {
  ReservationCreated: 'confirmed',
  PaymentRequested: 'confirmed',
  PaymentSucceeded: 'confirmed',
  ReservationConfirmed: 'confirmed',
  PaymentFailed: 'declined',
  ReservationCancelled: 'declined',
  RefundRequested: 'cancelled',
  PaymentRefunded: 'cancelled',
  RefundFailed: 'refund-refused',
};

/** Further scenarios, which `STORY_OF` and `faultsOf` do not give. */
const ALSO: readonly Omit<Scenario, 'id'>[] = [
  { story: 'refund-refused', type: 'RefundRequested', fault: 'duplicate' },
  { story: 'confirmed', type: 'PaymentRequested', fault: 'gateway-wrong' },
];

const AT_EVERY_MESSAGE: readonly Fault[] = [
  'relay-killed-before-send',
  'relay-killed-after-send',
  'consumer-killed-before-effect',
  'consumer-killed-after-effect',
  'duplicate',
  'reordered',
];

/** Messages whose delay can outlast the hold. After these messages, no hold exists any more. */
const BEFORE_THE_END: readonly SagaEventType[] = [
  'ReservationCreated',
  'PaymentRequested',
  'PaymentSucceeded',
  'PaymentFailed',
];

const ASKS_THE_GATEWAY: readonly SagaEventType[] = ['PaymentRequested', 'RefundRequested'];

/**
 * Every message of the saga with every fault that can occur to it, or only with `faults`. The first scenarios are the
 * stories without a fault.
 */
export function listScenarios(faults?: readonly Fault[]): Scenario[] {
  const types = Object.keys(STORY_OF) as SagaEventType[];
  const smooth: Omit<Scenario, 'id'>[] = [...new Set(Object.values(STORY_OF))].map((story) => ({
    story,
    type: types.find((type) => STORY_OF[type] === story)!,
    fault: 'none',
  }));
  const faulty = types.flatMap((type): Omit<Scenario, 'id'>[] =>
    faultsOf(type).map((fault) => ({ story: STORY_OF[type], type, fault })),
  );
  const wanted = [...faulty, ...ALSO].filter(({ fault }) => faults === undefined || faults.includes(fault));
  return [...smooth, ...wanted].map((scenario, index) => ({ id: index + 1, ...scenario }));
}

function faultsOf(type: SagaEventType): Fault[] {
  return [
    ...AT_EVERY_MESSAGE,
    ...(BEFORE_THE_END.includes(type) ? (['late'] as const) : []),
    ...(ASKS_THE_GATEWAY.includes(type) ? (['gateway-down', 'gateway-slow', 'gateway-ambiguous'] as const) : []),
  ];
}

/** How a scenario must end in spite of its fault. */
export function expectationOf({ story, fault }: Pick<Scenario, 'story' | 'fault'>): Expectation {
  if (fault === 'late') return { seat: 'EXPIRED', money: story === 'declined' ? 'none' : 'given back', mails: 1 };
  if (story === 'confirmed') return { seat: 'CONFIRMED', money: 'kept', mails: 1 };
  if (story === 'declined') return { seat: 'CANCELLED', money: 'none', mails: 1 };
  return { seat: 'CANCELLED', money: story === 'cancelled' ? 'given back' : 'for an operator', mails: 2 };
}
