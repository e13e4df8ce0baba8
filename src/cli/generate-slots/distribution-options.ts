import { TablepickError } from '../../errors.js';
import { namedSecurity } from '../secrets/named-security.js';
import { type OptionsOf, option } from '../options/define-option.js';
import { durationOption } from '../options/number-options.js';
import { transportOptions } from '../options/transport-options.js';

/** Options for the process that plans a run. */
const planningOptions = [
  'demo',
  'month',
  'from',
  'to',
  'days',
  'restaurants',
  'overnight',
  'strategy',
  'batchRows',
  'verify',
  'dryRun',
  'resume',
  'restart',
  'distribute',
  'wait',
];

/**
 * `--distribute`, `--worker` and their options. {@link checkDistribution} checks the rest that commander cannot check.
 */
export const distributionOptions = [
  option('--distribute', 'hand the chunks to workers instead of inserting them, and follow the run', {
    conflicts: 'dryRun',
  }),
  option('--no-wait', 'with --distribute: hand out and end'),
  option('--worker', 'do chunks that others hand out, until Ctrl-C; on any number of machines', {
    conflicts: planningOptions,
  }),
  durationOption('--until-idle <time>', 'with --worker: end when nothing came for so long, e.g. 10s'),
  option('--topic <name>', 'what the chunks go through (default: slot-chunks); one for each database on a Kafka'),
  ...transportOptions,
] as const;

/** The values of {@link distributionOptions}. */
export type DistributionOptions = OptionsOf<typeof distributionOptions>;

/**
 * Refuses options that have no meaning without `--distribute` or `--worker`.
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
      { hint: 'for example --topic slot-chunks-staging' },
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
