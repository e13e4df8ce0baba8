import { type JsonSchema, answerSchema, idSchema, objectSchema, problemAnswers } from '../schemas/json-schemas.js';

const place = {
  restaurantId: idSchema,
  date: { type: 'string', format: 'date', description: "the restaurant's date" },
  time: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: "the restaurant's wall time, HH:MM" },
};

const slots = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: { oneOf: [objectSchema({ slotId: idSchema }), objectSchema(place)] },
  description: 'several slots, all or none',
};

const idempotencyKey = {
  type: 'string',
  pattern: '^[!-~]{1,64}$',
  description: 'names the request; the header Idempotency-Key beats it. Default: a new one',
};

/** The slots of a request are named in one of three ways. */
const slotWays = [['slotId'], ['restaurantId', 'date', 'time'], ['slots']].map((required) => ({
  type: 'object',
  required,
}));

const security = [{ bearer: [] }];
const params = objectSchema({ id: { ...idSchema, description: 'the id of a reservation' } });
const memberId = { ...idSchema, description: 'the guest' };
const status = { type: ['string', 'null'], enum: ['PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED', null] };

const reserved = objectSchema({
  kind: { type: 'string', enum: ['reserved'] },
  reservationId: idSchema,
  status,
  idempotencyKey: { type: 'string' },
});

const shown = objectSchema({
  reservationId: idSchema,
  state: { type: 'string' },
  status,
  memberId: { type: ['integer', 'null'] },
  paymentStatus: { type: ['string', 'null'] },
  paymentId: { type: ['string', 'null'] },
  since: { type: 'string', description: 'last change, UTC' },
});

const cancelled = objectSchema({
  reservationId: idSchema,
  kind: { type: 'string', enum: ['cancelled', 'already-cancelled'] },
});

/** The schemas of the routes. Where callers say who they are, a request need not name the guest. */
export function reservationSchemas(isAuthenticated: boolean): Record<'reserve' | 'show' | 'cancel', JsonSchema> {
  const known = isAuthenticated ? { security } : {};
  const asked = isAuthenticated ? [401] : [];
  const owner = objectSchema({ memberId }, isAuthenticated ? [] : ['memberId']);
  const one = { ...known, params };
  const members = { slotId: idSchema, ...place, slots, memberId, partySize, idempotencyKey };
  const needed = isAuthenticated ? ['partySize'] : ['memberId', 'partySize'];
  return {
    reserve: {
      ...known,
      summary: 'Reserve seats',
      body: { ...objectSchema(members, needed), oneOf: slotWays },
      response: {
        201: answerSchema('the reservation is committed, now or by an earlier request of the same key', reserved),
        ...problemAnswers(...asked, 404, 409, 413, 415, 422),
      },
    },
    show: {
      ...one,
      summary: 'A reservation and its payment',
      querystring: owner,
      response: { 200: answerSchema('the reservation', shown), ...problemAnswers(...asked, 404) },
    },
    cancel: {
      ...one,
      summary: 'Cancel a reservation',
      // A sender who is known needs no body.
      body: isAuthenticated ? { ...owner, type: ['object', 'null'] } : owner,
      response: {
        200: answerSchema('its seats are given back', cancelled),
        ...problemAnswers(...asked, 404, 409, 413, 415, 422),
      },
    },
  };
}

const partySize = { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'guests' };
