import { defaultNames } from '../database/index.js';
import type { Deadlock, DeadlockLock, DeadlockTransaction } from './deadlock.js';
import { describeStatement } from './describe-statement.js';
import type { KeyValue } from './key-values.js';
import { describeKey } from './slot-clue.js';

const SECTION = /^LATEST DETECTED DEADLOCK\n-+\n(.*?)(?=^-+\n[A-Z /]+\n-+\n|(?![^]))/ms;
const AT = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/;
const TRANSACTION = /^\*\*\* \((\d+)\) TRANSACTION:\n(.*?)(?=^\*\*\* \(\d+\) TRANSACTION:|(?![^]))/gms;
const TRANSACTION_ID = /^TRANSACTION (\d+)/;
const CONNECTION = /^(?:MySQL|MariaDB) thread id (\d+),.*\n([^]*?)(?=^\*\*\* |(?![^]))/m;
const VICTIM = /^\*\*\* WE ROLL BACK TRANSACTION \((\d+)\)/m;

const LOCKS = /^(?:RECORD LOCKS|TABLE LOCK) .*\n(?:(?!\*\*\*|RECORD LOCKS|TABLE LOCK).*\n)*/gm;
const LOCK_HEAD =
  /(?:index (?<index>.+?) of )?table `(?<schema>(?:[^`]|``)*)`\.`(?<table>(?:[^`]|``)*)`.* trx id (?<trx>\d+) lock[_ ]mode (?<mode>\S+)(?<rest>.*)/;
const RECORD = /^Record lock, heap no (\d+) .*\n((?: \d+: .*\n)*)/gm;
const FIELD = /^ \d+: (?:SQL NULL|len (\d+); hex ([\da-f]*);)/gm;

/**
 * Each index of InnoDB ends with a record that is greater than all others. This record is the first on the heap after
 * the smallest one.
 */
const SUPREMUM_HEAP_NUMBER = '1';

/**
 * The last deadlock in the text of `SHOW ENGINE INNODB STATUS`, of MySQL or MariaDB; undefined when there was none
 * since the server started.
 *
 * @source MySQL Reference Manual, "InnoDB Standard Monitor and Lock Monitor Output"; recorded texts stand beside this
 * file's test
 */
export function parseLastDeadlock(statusText: string): Deadlock | undefined {
  const section = SECTION.exec(statusText)?.[1];
  if (section === undefined) return undefined;
  const victim = VICTIM.exec(section)?.[1];
  const locks = [...section.matchAll(LOCKS)].flatMap(([text]) => parseLocks(text));
  const transactions = [...section.matchAll(TRANSACTION)].map(([, number, text = '']) =>
    describeTransaction(text, { locks, isVictim: number === victim }),
  );
  return { at: AT.exec(section)?.[1] ?? 'unknown', transactions, summary: summarize(transactions) };
}

/** A lock and its owner. */
interface OwnedLock {
  transactionId: string;
  isWaiting: boolean;
  lock: DeadlockLock;
}

/** Under each transaction, MariaDB lists the locks of all, MySQL only its own. The id in each lock tells its owner. */
function describeTransaction(
  text: string,
  { locks, isVictim }: { locks: readonly OwnedLock[]; isVictim: boolean },
): DeadlockTransaction {
  const id = TRANSACTION_ID.exec(text)?.[1];
  const [, connectionId, statement = ''] = CONNECTION.exec(text) ?? [];
  const own = locks.filter(({ transactionId }) => transactionId === id);
  const holds = new Map(own.filter(({ isWaiting }) => !isWaiting).map(({ lock }) => [JSON.stringify(lock), lock]));
  return {
    connectionId: Number(connectionId),
    statement: statement.trim() || undefined,
    waitsFor: own.find(({ isWaiting }) => isWaiting)?.lock,
    holds: [...holds.values()],
    isVictim,
  };
}

function parseLocks(text: string): OwnedLock[] {
  const { schema = '', table = '', index, trx = '', mode = '', rest = '' } = LOCK_HEAD.exec(text)?.groups ?? {};
  const owner = { transactionId: trx, isWaiting: /\bwaiting\b/.test(rest) };
  const about = {
    schema: unquote(schema),
    table: unquote(table),
    index: index && unquote(index),
    mode: mode + modeSuffix(rest),
  };
  const records = [...text.matchAll(RECORD)].map(([, heap, fields = '']) => parseRecord(heap, fields));
  const found = records.length > 0 ? records : [{ values: [], isSupremum: false }];
  return found.map((record) => {
    const lock = { ...about, ...record };
    return { ...owner, lock: { ...lock, key: describeKey(lock, new Map(), defaultNames), slot: undefined } };
  });
}

function unquote(name: string): string {
  return name.replace(/^`(.*)`$/, '$1').replaceAll('``', '`');
}

/** The mode in the status text, in the words of performance_schema. */
function modeSuffix(words: string): string {
  const parts = [
    ...(/locks rec but not gap/.test(words) ? ['REC_NOT_GAP'] : []),
    ...(/locks gap before rec/.test(words) ? ['GAP'] : []),
    ...(/insert intention/.test(words) ? ['INSERT_INTENTION'] : []),
  ];
  return parts.map((part) => `,${part}`).join('');
}

function parseRecord(heap: string | undefined, text: string): Pick<DeadlockLock, 'values' | 'isSupremum'> {
  if (heap === SUPREMUM_HEAP_NUMBER) return { values: [], isSupremum: true };
  const fields = [...text.matchAll(FIELD)].map(([, length, hex]) => ({ length: Number(length), hex }));
  return { values: fields.slice(0, keyLength(fields)).map(toValue), isSupremum: false };
}

/**
 * Behind its key, a clustered record has the transaction that wrote it (6 bytes) and its undo record (7 bytes), then
 * the other columns.
 */
function keyLength(fields: readonly { length: number }[]): number {
  const end = fields.findIndex(({ length }, i) => i > 0 && length === 6 && fields[i + 1]?.length === 7);
  return end === -1 ? fields.length : end;
}

function toValue({ hex }: { hex: string | undefined }): KeyValue {
  return hex === undefined ? 'NULL' : `0x${hex.toUpperCase()}`;
}

function summarize(transactions: readonly DeadlockTransaction[]): string {
  const statements = transactions.map(({ statement }) => describeStatement(statement));
  const places = new Set(transactions.flatMap(({ waitsFor }) => (waitsFor ? [placeOf(waitsFor)] : [])));
  return `${statements.join(' against ')} on ${[...places].join(' and ')}`;
}

function placeOf({ index, table }: DeadlockLock): string {
  return index === undefined ? `the table ${table}` : `${index} of ${table}`;
}
