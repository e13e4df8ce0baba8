import { readFileSync } from 'node:fs';

import type { ProcessUse, RssSample } from './run-facts.js';

const SAMPLES_KEPT = 120;

/** A running measurement of this process. */
export interface ProcessMeter {
  /** The resources used since the start. The meter goes on. */
  read(): ProcessUse;
  /** Stops sampling. */
  stop(): void;
}

/** Measures this process, its worker threads included, from now on; samples the resident set every `intervalMs`. */
export function measureProcess(intervalMs = 200): ProcessMeter {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  let samples: RssSample[] = [];
  const takeSample = (): void => {
    samples.push({ atSeconds: (performance.now() - startedAtMs) / 1000, bytes: process.memoryUsage.rss() });
    if (samples.length > 32 * SAMPLES_KEPT) samples = thinSamples(samples, 16 * SAMPLES_KEPT);
  };
  takeSample();
  const timer = setInterval(takeSample, intervalMs);
  timer.unref();
  return {
    read: () => {
      const cpu = process.cpuUsage(before);
      return {
        userCpuSeconds: cpu.user / 1e6,
        systemCpuSeconds: cpu.system / 1e6,
        peakRssBytes: peakRssBytes(),
        rssSamples: thinSamples(samples, SAMPLES_KEPT),
      };
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** At most `kept` of `samples`, evenly spread. The first and the last sample are kept. */
export function thinSamples<Sample>(samples: readonly Sample[], kept: number): Sample[] {
  if (samples.length <= kept) return [...samples];
  const step = (samples.length - 1) / (kept - 1);
  return Array.from({ length: kept }, (_, index) => samples[Math.round(index * step)] as Sample);
}

/**
 * The resident set's high-water mark of this process in bytes.
 *
 * @source getrusage(2): `ru_maxrss` survives execve, so on Linux a child would start with its parent's peak; proc(5)
 * `VmHWM` does not.
 */
function peakRssBytes(): number {
  return readHighWaterMark() ?? process.resourceUsage().maxRSS * 1024;
}

function readHighWaterMark(): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
