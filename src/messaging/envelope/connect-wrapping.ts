/**
 * How the JsonConverter of Kafka Connect has wrapped a text: in quotes, or in an envelope of schema and payload.
 * Undefined when it is not wrapped.
 *
 * @source Apache Kafka, `org.apache.kafka.connect.json.JsonConverter`, with `schemas.enable` false and true.
 */
export function wrappingOf(text: string): 'quotes' | 'an envelope' | undefined {
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) return 'quotes';
  if (!text.startsWith('{')) return undefined;
  try {
    return isConnectEnvelope(JSON.parse(text)) ? 'an envelope' : undefined;
  } catch {
    return undefined;
  }
}

/** True when an object has only a payload and its Connect schema. */
export function isConnectEnvelope(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('schema' in data) || !('payload' in data)) return false;
  if (Object.keys(data).length !== 2) return false;
  const { schema } = data;
  return typeof schema === 'object' && schema !== null && 'type' in schema && 'optional' in schema;
}
