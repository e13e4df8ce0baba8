import { onAbort } from '../abort/on-abort.js';
import { oncePerAssignment } from './once-per-assignment.js';
import type { PartitionAssignment } from './transport.js';

/** Each assignment, once, with a signal that also fires when `over` fires, whatever its transport does. */
export function lastingUntil(over: AbortSignal): (assignment: PartitionAssignment) => PartitionAssignment {
  return oncePerAssignment((assignment) => {
    const { topic, partition } = assignment;
    const ending = new AbortController();
    const forget = onAbort(over, () => ending.abort());
    onAbort(assignment.signal, () => {
      forget();
      ending.abort();
    });
    return { topic, partition, signal: ending.signal, commit: (offset) => assignment.commit(offset) };
  });
}
