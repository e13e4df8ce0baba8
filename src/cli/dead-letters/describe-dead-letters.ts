import type { DeadLetter, DeadLetterInFull, RedriveResult } from '../../messaging/index.js';
import { formatFields, formatQuantity, formatTable } from '../output/format.js';
import type { ServiceName } from '../connections/with-services.js';

/** A dead letter and its service: ids are unique within a service only. */
export type ServiceDeadLetter = DeadLetter & { service: ServiceName };

const MOST_OF_ERROR = 60;
const HEADING = ['service', 'id', 'state', 'group', 'type', 'key', 'reason', 'attempts', 'redrives', 'last', 'error'];

/** A table of dead letters, a line each. */
export function describeDeadLetters(letters: readonly ServiceDeadLetter[]): string[] {
  return formatTable(HEADING, letters.map(describeDeadLetter));
}

function describeDeadLetter(letter: ServiceDeadLetter): string[] {
  const { service, id, state, group, type, key, reason, attempts, redrives, lastAt, error } = letter;
  return [
    service,
    String(id),
    state.toLowerCase(),
    nameGroup(group),
    type,
    key,
    reason,
    String(attempts),
    String(redrives),
    toSecond(lastAt),
    cutLine(error, MOST_OF_ERROR),
  ];
}

/** The whole dead letter: fields, headers, payload and stack. */
export function describeDeadLetterInFull(letter: DeadLetterInFull & { service: ServiceName }): string[] {
  const { service, id, state, group, messageId, topic, key, type, handler, reason, error, note } = letter;
  const payload = typeof letter.payload === 'string' ? letter.payloadText : JSON.stringify(letter.payload, null, 2);
  return [
    ...formatFields([
      ['letter', `${id} of the ${service} service, ${state.toLowerCase()}`],
      ['message', `${messageId}, ${type || 'no type'}, key ${key}, topic ${topic}`],
      ['group', nameGroup(group)],
      ['handler', handler || 'none found'],
      ['reason', reason],
      ['error', error],
      ['attempts', `${letter.attempts}, redriven ${letter.redrives} times`],
      ['first', toSecond(letter.firstAt)],
      ['last', toSecond(letter.lastAt)],
      ...(note === undefined ? [] : [['note', note] as const]),
    ]),
    ...section('headers', letter.headers === undefined ? 'they are no JSON' : JSON.stringify(letter.headers, null, 2)),
    ...section('payload', payload),
    ...(letter.stack === undefined ? [] : section('stack', letter.stack)),
  ];
}

function section(name: string, text: string): string[] {
  return ['', name, ...text.split('\n').map((line) => `  ${line}`)];
}

/** The result of a redrive of one service, or its preview. */
export function describeRedrive(
  { service, redriven, refused, skipped, left }: RedriveResult & { service: ServiceName },
  isDryRun: boolean,
): string[] {
  const done = `${formatQuantity(redriven, 'letter')} ${isDryRun ? 'would be redriven' : 'redriven'}`;
  const more = [
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
    ...(skipped > 0 ? [`${skipped} not dead any more`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ];
  return [
    `${service}: ${[done, ...more].join(', ')}`,
    ...refused.map(({ id, why, text }) => `refused  ${id}: ${text}; ${ADVICE[why]}`),
  ];
}

const ADVICE: Readonly<Record<RedriveResult['refused'][number]['why'], string>> = {
  'redriven-too-often': 'see dlq show, repair the cause, then --force; or dlq park',
  malformed: 'dlq park puts it aside',
};

/** The group of a dead letter for people. The group of the transport has no name. */
export function nameGroup(group: string): string {
  return group === '' ? '(transport)' : group;
}

function toSecond(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}

/** `text` as one line, at most `most` characters long. */
function cutLine(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
