/** A histogram of latencies as plain data. */
export interface LatencyRecord {
  count: number;
  /** Sum of all values, exact. */
  sumMicros: number;
  /** Largest value, exact; 0 when there is none. */
  maxMicros: number;
  /** `bucket:count` of each bucket that is not empty, in ascending order, with blanks between. */
  buckets: string;
}

/** Buckets of one power of two. Below this value, every whole microsecond has its own bucket. */
const LINEAR = 128;
/** Longer times are counted as this time: 71 minutes. */
const LONGEST_MICROS = 2 ** 32 - 1;

/**
 * Counts times in buckets whose width grows with the time. A percentile is at most 1/128 (0.8 %) above the exact value
 * and never below it; count, mean and maximum are exact.
 *
 * @source The log-linear layout of HdrHistogram, http://hdrhistogram.org
 */
export class LatencyHistogram {
  #counts = new Float64Array(LINEAR);
  #count = 0;
  #sumMicros = 0;
  #maxMicros = 0;

  /** The histogram of a `record`. */
  static from(record: LatencyRecord): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const pair of record.buckets.split(' ').filter((text) => text !== '')) {
      const [bucket, count] = pair.split(':').map(Number) as [number, number];
      histogram.#add(bucket, count);
    }
    histogram.#sumMicros = record.sumMicros;
    histogram.#maxMicros = record.maxMicros;
    return histogram;
  }

  /** Merges `records` into one. Percentiles of several processes or runs come from here, never from averages. */
  static merge(records: readonly LatencyRecord[]): LatencyHistogram {
    const merged = new LatencyHistogram();
    for (const each of records.map((record) => LatencyHistogram.from(record))) merged.#addAll(each);
    return merged;
  }

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  /** Largest value; 0 when there is none. */
  get maxMicros(): number {
    return this.#maxMicros;
  }

  /** NaN when there is no value. */
  get meanMicros(): number {
    return this.#sumMicros / this.#count;
  }

  /** Counts one time; parts of a microsecond are rounded, negative times count as 0. */
  record(micros: number): void {
    const value = Math.min(LONGEST_MICROS, Math.max(0, Math.round(micros)));
    this.#add(bucketOf(value), 1);
    this.#sumMicros += value;
    this.#maxMicros = Math.max(this.#maxMicros, value);
  }

  /**
   * The least time that at least `share` (0–1) of the values do not exceed, rounded up to the end of its bucket; NaN
   * when there is no value.
   */
  percentile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    return Math.min(this.#maxMicros, lastOf(bucket));
  }

  /** The histogram as plain data. */
  toRecord(): LatencyRecord {
    const pairs = [...this.#counts.entries()].filter(([, count]) => count > 0);
    const buckets = pairs.map(([bucket, count]) => `${bucket}:${count}`).join(' ');
    return { count: this.#count, sumMicros: this.#sumMicros, maxMicros: this.#maxMicros, buckets };
  }

  #add(bucket: number, count: number): void {
    if (bucket >= this.#counts.length) {
      const longer = new Float64Array(bucket + LINEAR);
      longer.set(this.#counts);
      this.#counts = longer;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += count;
  }

  #addAll(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#counts.entries()) if (count > 0) this.#add(bucket, count);
    this.#sumMicros += other.#sumMicros;
    this.#maxMicros = Math.max(this.#maxMicros, other.#maxMicros);
  }
}

/** Number of halvings after which `value` is below 2 × LINEAR. The rest tells the bucket. */
function halvingsOf(value: number): number {
  return value < LINEAR ? 0 : 31 - Math.clz32(value) - Math.log2(LINEAR);
}

function bucketOf(value: number): number {
  const halvings = halvingsOf(value);
  return halvings * LINEAR + Math.floor(value / 2 ** halvings);
}

/** The largest value of a bucket. */
function lastOf(bucket: number): number {
  const halvings = Math.max(0, Math.floor(bucket / LINEAR) - 1);
  return (bucket - halvings * LINEAR + 1) * 2 ** halvings - 1;
}
