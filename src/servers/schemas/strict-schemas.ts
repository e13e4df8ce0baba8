import buildCompiler from '@fastify/ajv-compiler';
import type { FastifySchemaCompiler } from 'fastify';

const factory = buildCompiler();
/** A body is taken as it is: nothing is removed from it, nothing is converted. */
const body = compilerWith({ coerceTypes: false });
/** Path, query and headers are texts, so their numbers are converted. */
const texts = compilerWith({ coerceTypes: true });

/** Compiles the schemas of routes. Members that a schema does not name are an error instead of being removed. */
export const strictSchemas: FastifySchemaCompiler<object> = (route) =>
  (route.httpPart === 'body' ? body : texts)(route) as ReturnType<FastifySchemaCompiler<object>>;

function compilerWith(options: { coerceTypes: boolean }) {
  return factory({}, { customOptions: { removeAdditional: false, useDefaults: false, allErrors: false, ...options } });
}
