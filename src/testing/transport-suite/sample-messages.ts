import type { WireMessage } from '../../messaging/envelope/message.js';

/** Messages `0`, `1`, … with the keys `k0` to `k<keys - 1>` in turn. */
export function sampleMessages(topic: string, count: number, keys = 1): WireMessage[] {
  return Array.from({ length: count }, (_, number) => messageOf(topic, `k${number % keys}`, String(number)));
}

/** A message without headers. */
export function messageOf(topic: string, key: string, value: string): WireMessage {
  return { topic, key, value, headers: {} };
}

/** Their values, in the order in which they came. */
export function valuesOf(messages: readonly WireMessage[]): string[] {
  return messages.map(({ value }) => value);
}

/** Their values in sorted order. */
export function sortedValuesOf(messages: readonly WireMessage[]): string[] {
  return valuesOf(messages).sort();
}

/** Their values by key, each in the order in which they came. */
export function valuesByKey(messages: readonly WireMessage[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const { key, value } of messages) (values[key] ??= []).push(value);
  return Object.fromEntries(Object.entries(values).sort());
}
