import { TablepickError } from '../../errors.js';
import type { Transport } from '../../messaging/transport.js';
import { commitChecks } from './commit-checks.js';
import { deliveryChecks } from './delivery-checks.js';
import { handleChecks } from './handle-checks.js';
import { sharingChecks } from './sharing-checks.js';
import { type SceneSettings, type TransportCheck, withTransportScene } from './transport-scene.js';

/** Settings of {@link runTransportSuite}. */
export interface TransportSuiteOptions {
  /** Opens a handle on the medium, each time another one, as another process would; the suite closes it. */
  open(): Promise<Transport>;
  /**
   * How long a subscription that does not answer keeps its partitions, in milliseconds; one check takes a little
   * longer.
   */
  sessionMs: number;
  /** What topics and groups of the suite begin with. Default `suite-`. */
  topicPrefix?: string | undefined;
  /** Names of the checks to run. Default: all. */
  only?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** How one check ended. */
export interface TransportCheckResult {
  /** What should hold, as a sentence about the transport. */
  name: string;
  passed: boolean;
  /** What was seen, or what does not hold. */
  detail: string;
}

const allChecks: readonly TransportCheck[] = [...deliveryChecks, ...commitChecks, ...sharingChecks, ...handleChecks];

/** Names of the checks that every transport is held to. */
export function transportCheckNames(): string[] {
  return allChecks.map(({ name }) => name);
}

/**
 * Holds a transport, of tablepick's or of your own, to the contract. Each check works on topics and groups of its own,
 * which stay behind: the contract has no way to remove them.
 *
 * @throws `ABORTED` when `signal` fires between two checks; what does not hold is a result, not an error.
 * @example
 * const results = await runTransportSuite({ open: async () => createMemoryTransport(), sessionMs: 1000 });
 */
export async function runTransportSuite(options: TransportSuiteOptions): Promise<TransportCheckResult[]> {
  const { open, sessionMs, topicPrefix: prefix = 'suite-', only, signal } = options;
  const names = new Set(only ?? transportCheckNames());
  const results: TransportCheckResult[] = [];
  for (const check of allChecks.filter(({ name }) => names.has(name))) {
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped before the check: ${check.name}`);
    results.push(await runCheck(check, { open, sessionMs, prefix }));
  }
  return results;
}

async function runCheck(check: TransportCheck, settings: SceneSettings): Promise<TransportCheckResult> {
  const { name } = check;
  try {
    const detail = await withTransportScene(settings, (scene) => check.run(scene));
    return { name, passed: true, detail };
  } catch (error) {
    return { name, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
