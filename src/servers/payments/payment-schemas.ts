import { SIGNATURE_HEADER } from '../../payments/index.js';
import { type JsonSchema, answerSchema, idSchema, objectSchema, problemAnswers } from '../schemas/json-schemas.js';

const callbackBody: JsonSchema = {
  type: 'object',
  // A provider may send more than is read.
  additionalProperties: true,
  properties: {
    kind: { type: 'string', enum: ['payment', 'refund'] },
    state: { type: 'string', enum: ['approved', 'declined', 'cancelled', 'cancel-refused'] },
    reservationId: idSchema,
    providerId: { type: 'string', pattern: '^[!-~]{1,64}$' },
    amount: { type: 'integer' },
    currency: { type: 'string' },
    reason: { type: 'string' },
  },
};

const result = objectSchema({ result: { type: 'string', enum: ['settled', 'unchanged', 'unknown-payment'] } });

const payment = objectSchema({
  reservationId: idSchema,
  status: { type: 'string', enum: ['READY', 'PAID', 'FAILED', 'REFUNDING', 'REFUNDED', 'REFUND_FAILED'] },
  amount: { type: 'integer', description: 'minor units' },
  currency: { type: 'string' },
  providerId: { type: ['string', 'null'] },
  reason: { type: ['string', 'null'] },
  traceparent: { type: ['string', 'null'] },
});

/** The schemas of the routes. */
export function paymentSchemas(isAuthenticated: boolean): Record<'callback' | 'show', JsonSchema> {
  const known = isAuthenticated ? { security: [{ bearer: [] }] } : {};
  const signature = { type: 'string', description: 't=SECONDS,v1=HEX: HMAC-SHA256 of time, dot and body' };
  return {
    callback: {
      summary: 'How a payment or a refund ended, from the provider',
      description: 'The signature is checked first. The same callback may come again.',
      headers: { type: 'object', properties: { [SIGNATURE_HEADER.toLowerCase()]: signature } },
      body: callbackBody,
      response: {
        200: answerSchema('it is applied, now or before', result),
        404: answerSchema('there is no such payment yet: call again', result),
        ...problemAnswers(401, 409, 413, 415, 422),
      },
    },
    show: {
      ...known,
      summary: 'The payment of a reservation',
      params: objectSchema({ reservationId: idSchema }),
      response: {
        200: answerSchema('the payment', payment),
        ...problemAnswers(...(isAuthenticated ? [401] : []), 404),
      },
    },
  };
}
