import { TablepickError } from '../../errors.js';

/** The error for a topic that nobody created. */
export function unknownTopic(topic: string, cause?: unknown): TablepickError {
  return new TablepickError('UNKNOWN_TOPIC', `there is no topic ${JSON.stringify(topic)}`, {
    hint: 'create it with createTopics, or correct the name',
    cause,
  });
}
