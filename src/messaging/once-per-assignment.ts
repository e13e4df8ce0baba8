import type { PartitionAssignment } from './transport.js';

type Change = (assignment: PartitionAssignment) => PartitionAssignment;

/**
 * The same change, made once for each assignment. A transport around another one needs this: all batches of an
 * assignment carry the same object.
 */
export function oncePerAssignment(change: Change): Change {
  const changed = new WeakMap<PartitionAssignment, PartitionAssignment>();
  return (assignment) => {
    const known = changed.get(assignment) ?? change(assignment);
    changed.set(assignment, known);
    return known;
  };
}
