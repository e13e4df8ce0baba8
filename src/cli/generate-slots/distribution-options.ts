import { Option } from 'commander';

import { TablepickError } from '../../errors.js';
import { namedSecurity } from '../secrets/named-security.js';
import { parseDuration } from '../options/option-values.js';
import type { TransportOptions } from '../options/transport-options.js';
import { transportOptions } from '../options/transport-options.js';

/** Options of a generation by workers on any number of machines. */
export interface DistributionOptions extends TransportOptions {
  distribute?: true;
  worker?: true;
  /** False for `--no-wait`. */
  wait: boolean;
  /** Milliseconds. */
  untilIdle?: number;
  topic?: string;
}

/** What only the one who plans a run can say. */
const planningOptions = [
  ...['demo', 'month', 'from', 'to', 'days', 'restaurants', 'overnight', 'strategy', 'batchRows'],
  ...['verify', 'dryRun', 'resume', 'restart', 'distribute', 'wait'],
];

/** `--distribute`, `--worker` and what belongs to them; {@link checkDistribution} checks what commander cannot. */
export function distributionOptions(): Option[] {
  return [
    new Option('--distribute', 'hand the chunks to workers instead of inserting them, and follow the run').conflicts(
      'dryRun',
    ),
    new Option('--no-wait', 'with --distribute: hand out and end'),
    new Option('--worker', 'do chunks that others hand out, until Ctrl-C; on any number of machines').conflicts(
      planningOptions,
    ),
    new Option('--until-idle <time>', 'with --worker: end when nothing came for so long, e.g. 10s').argParser(
      parseDuration('--until-idle'),
    ),
    new Option('--topic <name>', 'what the chunks go through (default: slot-chunks); one for each database on a Kafka'),
    ...transportOptions(),
  ];
}

/**
 * Refuses options that say nothing without `--distribute` or `--worker`.
 *
 * @throws `BAD_OPTION`
 */
export function checkDistribution(options: DistributionOptions): void {
  const { distribute, worker, wait, untilIdle, topic, transport, brokers } = options;
  if (!wait && !distribute) throw needs('--no-wait', '--distribute');
  if (untilIdle !== undefined && !worker) throw needs('--until-idle', '--worker');
  if (topic !== undefined && !/^[A-Za-z0-9._-]{1,50}$/.test(topic)) {
    throw new TablepickError(
      'BAD_OPTION',
      `--topic is '${topic}' but must be 1 to 50 letters, digits, '.', '_' or '-'`,
      {
        hint: 'for example --topic slot-chunks-staging',
      },
    );
  }
  if (distribute || worker) return;
  const given = Object.entries({ '--topic': topic, '--transport': transport, '--brokers': brokers });
  const [name] = given.find(([, value]) => value !== undefined) ?? [];
  const idle = name ?? namedSecurity(options);
  if (idle !== undefined) throw needs(idle, '--distribute or --worker');
}

function needs(name: string, what: string): TablepickError {
  return new TablepickError('BAD_OPTION', `${name} says nothing without ${what}`, {
    hint: 'tablepick generate-slots --help tells what there is',
  });
}
