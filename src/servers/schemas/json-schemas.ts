/** A JSON schema, as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An id: a whole number of 1 to 2^53 - 1. */
export const idSchema: JsonSchema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

/** An object of exactly these members; `required` of them must be there. */
export function objectSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = Object.keys(properties),
): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, required };
}

/** An answer with a JSON body. */
export function answerSchema(description: string, schema: JsonSchema): JsonSchema {
  return { description, content: { 'application/json': { schema } } };
}

/** What a {@link Problem} is, for the document of the API. */
const problemSchema: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', description: '`urn:tablepick:problem:` and the kind' },
    title: { type: 'string' },
    status: { type: 'integer' },
    kind: { type: 'string' },
    detail: { type: 'string' },
    hint: { type: 'string' },
    id: { type: 'string', description: 'names this request in the log of the server' },
  },
  required: ['type', 'title', 'status', 'kind', 'id'],
};

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'the request is wrong, or its body is no JSON',
  401: 'nobody says who sends the request, or the token is wrong',
  403: 'the sender may not do that',
  404: 'there is none, or it is of another guest',
  405: 'this path does not take the method',
  408: 'the request was not whole in time',
  409: 'it cannot be done as things are: see `kind`',
  413: 'the body is too long',
  415: 'the body is not JSON by its content type',
  421: 'the server does not answer for that Host',
  422: 'the body has not the form of this document',
  431: 'the headers are too long',
  500: 'the server failed',
  503: 'ask again, after Retry-After seconds',
};

/** Answers that are problems, by status. Those of the framework are among them. */
export function problemAnswers(...statuses: readonly number[]): Record<number, JsonSchema> {
  const all = [...new Set([400, 403, 405, 408, 421, 431, 500, 503, ...statuses])];
  const content = { 'application/problem+json': { schema: problemSchema } };
  return Object.fromEntries(all.map((status) => [status, { description: PROBLEMS[status], content }]));
}
