import { Option } from 'commander';

import { parseCounts, parseNames, parseRate, parseShare, parseSweep } from '../options/bench-values.js';
import type { CommandEntry } from '../command.js';
import { parseCount, parseDuration, parseStrategies } from '../options/option-values.js';
import { batchRowsOption, connectionOptions, redisOptions, workersOption } from '../options/options.js';
import { benchTransportOptions } from '../options/transport-options.js';

const reportOptions = (): Option[] => [
  new Option('--out <dir>', 'folder of all reports').default('reports'),
  new Option('--name <name>', 'name of the report: lower-case letters, digits and dashes'),
];

const countOption = (flag: string, description: string): Option =>
  new Option(`${flag} <n>`, description).argParser(parseCount(flag, 1));

/** The commands of `tablepick bench`. */
export const benchCommands: readonly CommandEntry[] = [
  {
    path: ['bench', 'insert'],
    summary: 'compare ways of inserting slots on a scratch schema, every load verified, and write a report',
    options: () => [
      new Option('--rows <n>', 'slots of each run (default: 4987200, a month)').argParser(parseCount('--rows', 1)),
      new Option('--repeat <n>', 'measured rounds after the warm-up (default: 3; 1 with --months)').argParser(
        parseCount('--repeat', 1),
      ),
      new Option('--strategies <names>', 'comma-separated (default: all that the server allows)').argParser(
        parseStrategies,
      ),
      new Option(
        '--peers [names]',
        'measure Hibernate, JdbcTemplate, knex and TypeORM in the same rounds, or some of them by the names in the report; needs Java and Maven',
      ).argParser((names: string) => names.split(',')),
      new Option('--sample-rows <n>', 'slots at most for the ways that insert one by one (default: 48000)').argParser(
        parseCount('--sample-rows', 1),
      ),
      new Option('--months <n>', 'instead: fill one table month after month, last month against the first')
        .argParser(parseCount('--months', 2))
        .conflicts(['peers', 'sampleRows']),
      workersOption(),
      batchRowsOption(),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench insert', 'all strategies on the sandbox, a month each, three rounds'],
      ['tablepick bench insert --rows 480000 --peers', 'a tenth of a month, with what people use today beside it'],
      ['tablepick bench insert --months 12', 'does it stay fast when the table grows to 60 million rows?'],
    ],
    run: async (context, command) => (await import('./run-bench-insert.js')).runBenchInsert(context, command.opts()),
  },
  {
    path: ['bench', 'locks'],
    summary: 'compare lock strategies under load on a scratch schema, every run judged, and write a report',
    options: () => [
      new Option(
        '--strategies <names>',
        'comma-separated: names, by-hand, or .mjs files that export one of your own (default: all, and by-hand)',
      ).argParser(parseNames),
      countOption('--clients', 'clients at once; with --rate, requests under way at most (default: 150)'),
      countOption('--capacity', 'seats of each slot (default: 100; with --duration, so many that none sells out)'),
      countOption('--pool', 'connections of each process (default: 32)'),
      countOption('--slots', 'slots asked for (default: 1)'),
      new Option(
        '--hot-share <share>',
        'share of the requests, 0 to 1, that ask for the first slot (default: even)',
      ).argParser(parseShare('--hot-share')),
      countOption('--requests', 'requests in all (default: one a client)').conflicts('duration'),
      new Option('--duration <time>', 'instead: send new requests for so long, e.g. 10s').argParser(
        parseDuration('--duration'),
      ),
      new Option(
        '--rate <n>',
        'arrivals a second at random times, whatever became of those before: an open load',
      ).argParser(parseRate('--rate')),
      new Option('--processes <n>', 'processes that share the clients; 1,4 measures both (default: 1)').argParser(
        parseCounts('--processes'),
      ),
      new Option('--isolation <level>', 'default: read-committed').choices(['read-committed', 'repeatable-read']),
      new Option(
        '--sweep <what=values>',
        'one of clients, hot-share and pool at several values, in one report',
      ).argParser(parseSweep),
      countOption('--seed', 'makes arrivals and slots the same again (default: 1)'),
      ...redisOptions(),
      countOption('--repeat', 'measured rounds after the warm-up (default: 3)'),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench locks', 'all strategies: 150 requests at once for the 100 seats of one slot'],
      ['tablepick bench locks --clients 1000 --duration 10s', 'the hottest slot there is, without an end to its seats'],
      ['tablepick bench locks --clients 1000 --duration 10s --slots 10000', 'the same clients over 10,000 slots'],
      ['tablepick bench locks --sweep clients=1,10,100 --duration 5s', 'from which load on does it matter?'],
    ],
    run: async (context, command) => (await import('./run-bench-locks.js')).runBenchLocks(context, command.opts()),
  },
  {
    path: ['bench', 'tx-scope'],
    summary: 'measure what a payment call inside the transaction costs the guests, against one outside',
    options: () => [
      countOption('--clients', 'guests at once, one request each (default: 20)'),
      countOption('--pool', 'connections (default: 32)'),
      new Option('--latency <time>', 'how long the payment provider takes (default: 300ms)').argParser(
        parseDuration('--latency'),
      ),
      new Option('--jitter <time>', 'each call takes up to this much less or more (default: none)').argParser(
        parseDuration('--jitter'),
      ),
      countOption('--slots', 'slots asked for, all alike (default: 1)'),
      countOption('--repeat', 'measured rounds after the warm-up (default: 3)'),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench tx-scope', '20 guests at once on one slot, a payment takes 300 ms'],
      ['tablepick bench tx-scope --clients 100 --slots 50 --latency 1s', 'when the pool runs dry, too'],
    ],
    run: async (context, command) => (await import('./run-bench-tx-scope.js')).runBenchTxScope(context, command.opts()),
  },
  {
    path: ['bench', 'relay'],
    summary: 'measure a relay against a bare Kafka producer, every message accounted for, and write a report',
    options: () => [
      countOption('--messages', 'messages that a drain begins with (default: 100000)'),
      countOption('--batch-rows', 'rows of a batch, and messages of a request of the bare producer (default: 1000)'),
      countOption('--workers', 'batches of the relay that are prepared or marked at once (default: as shipped)'),
      new Option('--rate <n>', 'arrivals a second where each message is timed (default: 500)').argParser(
        parseRate('--rate'),
      ),
      new Option('--duration <time>', 'how long they arrive (default: 10s)').argParser(parseDuration('--duration')),
      ...benchTransportOptions(),
      countOption('--repeat', 'measured rounds after the warm-up (default: 3)'),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench relay', 'drains of 100,000 messages, and 500 messages a second timed one by one'],
      ['tablepick bench relay --transport database', 'where no Kafka is wanted'],
    ],
    run: async (context, command) => (await import('./run-bench-relay.js')).runBenchRelay(context, command.opts()),
  },
  {
    path: ['bench', 'saga'],
    summary: 'measure reservations that are paid and confirmed, by database and by Kafka, and write a report',
    options: () => [
      new Option('--in-process', 'all services in one process; the default, and the only way so far'),
      countOption('--reservations', 'reservations as fast as they can be made (default: 3000)'),
      countOption('--clients', 'guests who reserve at once (default: 32)'),
      countOption('--slots', 'slots asked for (default: 500)'),
      new Option('--rate <n>', 'guests who come a second where each saga is timed (default: 50)').argParser(
        parseRate('--rate'),
      ),
      new Option('--duration <time>', 'how long they come (default: 10s)').argParser(parseDuration('--duration')),
      ...benchTransportOptions(),
      countOption('--repeat', 'measured rounds after the warm-up (default: 3)'),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench saga --in-process', '3,000 reservations from request to confirmation, on both transports'],
      ['tablepick bench saga --in-process --transport database', 'without a Kafka'],
    ],
    run: async (context, command) => (await import('./run-bench-saga.js')).runBenchSaga(context, command.opts()),
  },
  {
    path: ['bench', 'reconcile'],
    summary: 'measure how long reconciling takes and what memory it needs, one in a hundred reservations wrong',
    options: () => [
      countOption('--reservations', 'reservations in the table (default: 1000000)'),
      countOption('--repeat', 'measured rounds after the warm-up (default: 3)'),
      ...reportOptions(),
      ...connectionOptions(),
    ],
    examples: [['tablepick bench reconcile --reservations 100000 --repeat 1', 'a tenth of it, once']],
    run: async (context, command) =>
      (await import('./run-bench-reconcile.js')).runBenchReconcile(context, command.opts()),
  },
];
