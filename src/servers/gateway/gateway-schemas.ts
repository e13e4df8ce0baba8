import { type JsonSchema, answerSchema, idSchema, objectSchema, problemAnswers } from '../schemas/json-schemas.js';

const text = { type: 'string' };
const share = { type: 'number', minimum: 0, maximum: 1 };
const milliseconds = { type: 'number', minimum: 0, maximum: 2 ** 31 - 1 };

const order: JsonSchema = {
  type: 'object',
  // Clients send what their real provider takes.
  additionalProperties: true,
  properties: {
    reservationId: idSchema,
    amount: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'minor units' },
    currency: { ...text, pattern: '^[A-Z]{3}$', description: 'ISO 4217' },
    callbackUrl: {
      type: ['string', 'null'],
      pattern: '^https?://',
      description: 'one of the addresses that the provider was told',
    },
  },
  required: ['reservationId', 'amount', 'currency'],
};

const payment = {
  type: 'object',
  properties: {
    reservationId: idSchema,
    providerId: text,
    amount: { type: 'integer' },
    currency: text,
    state: { ...text, enum: ['pending', 'approved', 'declined', 'cancelling', 'cancelled', 'cancel-refused'] },
    reason: text,
  },
  required: ['reservationId', 'providerId', 'amount', 'currency', 'state'],
};

const faults = {
  latencyMs: milliseconds,
  jitterMs: milliseconds,
  failRate: share,
  lostAnswerRate: share,
  errorRate: share,
  refuseRefundRate: share,
  downEveryMs: milliseconds,
  downForMs: milliseconds,
  duplicateCallbackRate: share,
  lostCallbackRate: share,
};

const params = objectSchema({ reservationId: idSchema });
const response = { 200: answerSchema('the payment', payment), ...problemAnswers(404, 422) };
const security = [{ bearer: [] }];
const count = { type: 'integer', minimum: 0 };
const stats = objectSchema({
  requests: count,
  refused: count,
  unanswered: count,
  callbacksSent: count,
  callbacksGivenUp: count,
  callbacksLost: count,
});
const faultsAnswer = { 200: answerSchema('the faults in force', objectSchema(faults)), ...problemAnswers(401) };

/** The schemas of the fake provider's routes. */
export const gatewaySchemas = {
  approve: {
    summary: 'Charge a reservation, once',
    body: order,
    response: { ...response, ...problemAnswers(409, 413, 415, 422) },
  },
  cancel: { summary: 'Give the money of a reservation back', params, response },
  find: { summary: 'What became of a payment', params, response },
  health: {
    summary: 'Is the provider there?',
    response: { 200: answerSchema('it is', objectSchema({ status: text })) },
  },
  ledger: { summary: 'Money taken and given back, a line for each reservation', produces: ['application/x-ndjson'] },
  stats: {
    summary: 'Counts since the start',
    security,
    response: { 200: answerSchema('the counts', stats), ...problemAnswers(401) },
  },
  readFaults: { summary: 'The faults in force', security, response: faultsAnswer },
  changeFaults: {
    summary: 'Change some of the faults',
    security,
    body: objectSchema(faults, []),
    response: { ...faultsAnswer, ...problemAnswers(401, 413, 415, 422) },
  },
} satisfies Record<string, object>;
