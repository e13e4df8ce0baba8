import { TablepickError } from '../errors.js';

/** Something that is measured once a round. */
export interface BenchCase<Measurement> {
  name: string;
  /** Runs once; `round` 0 is the warm-up. */
  run(round: number): Promise<Measurement>;
}

/** A measurement with its place. */
export interface PlacedMeasurement<Measurement> {
  name: string;
  /** 0 for the warm-up. */
  round: number;
  /** Place within the round, 1 first. */
  position: number;
  startedAt: Date;
  measurement: Measurement;
}

/** What to measure and how often. */
export interface RunRoundsOptions<Measurement> {
  cases: readonly BenchCase<Measurement>[];
  /** Measured rounds, 1 or more, after one warm-up round. */
  repeat: number;
  signal?: AbortSignal | undefined;
  onRoundStarted?: ((round: number, order: readonly string[]) => void) | undefined;
  onRun: (run: PlacedMeasurement<Measurement>) => void;
  /** Its promise is awaited, so that results are on disk before the next round begins. */
  onRoundDone: (round: number) => Promise<void>;
}

/**
 * Measures every case once a round, one after another. Even rounds go from first to last, odd rounds from last to
 * first, so that a slow drift of the machine affects all cases alike. The warm-up round is reported as round 0.
 *
 * @throws `ABORTED` between two runs when `signal` has fired; whatever a case throws.
 */
export async function runRounds<Measurement>(options: RunRoundsOptions<Measurement>): Promise<void> {
  for (let round = 0; round <= options.repeat; round += 1) {
    const order = orderOfRound(options.cases, round);
    options.onRoundStarted?.(
      round,
      order.map((each) => each.name),
    );
    for (const [index, each] of order.entries())
      options.onRun(await runOnce(options, { each, round, position: index + 1 }));
    await options.onRoundDone(round);
  }
}

/** The order of one round: as given in even rounds, backwards in odd ones. */
export function orderOfRound<Each>(cases: readonly Each[], round: number): readonly Each[] {
  return round % 2 === 0 ? cases : cases.toReversed();
}

async function runOnce<Measurement>(
  options: RunRoundsOptions<Measurement>,
  place: { each: BenchCase<Measurement>; round: number; position: number },
): Promise<PlacedMeasurement<Measurement>> {
  const { each, round, position } = place;
  if (options.signal?.aborted) {
    throw new TablepickError('ABORTED', `stopped before ${each.name} of round ${String(round)}`);
  }
  const startedAt = new Date();
  return { name: each.name, round, position, startedAt, measurement: await each.run(round) };
}
