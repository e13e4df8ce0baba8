import buildCompiler from '@fastify/ajv-compiler';
import type { FastifySchemaCompiler } from 'fastify';

/** Nothing is removed from a request, and nothing is converted. */
const compile = buildCompiler()(
  {},
  {
    customOptions: { removeAdditional: false, useDefaults: false, allErrors: false, coerceTypes: false },
  },
);

/**
 * A whole number as everybody writes it: no sign, no zero in front, no exponent, no spaces. JSON Schema calls 7.0 an
 * integer, too.
 */
const NUMBER = /^(0|[1-9]\d{0,15})(\.0{1,9})?$/;

/** Compiles the schemas of routes. Members that a schema does not name are an error instead of being removed. */
export const strictSchemas: FastifySchemaCompiler<{ properties?: Record<string, { type?: unknown }> }> = (route) => {
  const validate = compile(route);
  if (route.httpPart !== 'params' && route.httpPart !== 'querystring') return validate;
  const numbers = Object.entries(route.schema.properties ?? {}).filter(([, { type }]) => type === 'integer');
  return (texts: Record<string, unknown>) => {
    for (const [name] of numbers) {
      const text = texts[name];
      if (typeof text === 'string' && NUMBER.test(text)) texts[name] = Number(text);
    }
    return validate(texts) === true || { error: (validate.errors ?? []) as never };
  };
};
