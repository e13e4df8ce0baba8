import type { Message } from '../../messaging/index.js';

/** The message as the actor in a payment's history. */
export function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
