/** The result of a run: the item is done, or it runs again later, before the next items of its key. */
export type RunResult = { kind: 'done' } | { kind: 'again'; inMs: number };

/** How items run together. Those of one lane share batches. A lane has one batch at a time. */
export interface BatchLanes<Item, Lane> {
  /** Most items of a batch. */
  mostPerBatch: number;
  /** Most items that are prepared at once, each of another key. */
  prepareConcurrency: number;
  /** Undefined when the item runs alone. It is asked again after each run. */
  laneOf(item: Item): Lane | undefined;
  /** Whether the item is to be prepared before it may join a batch. */
  needsPreparing(item: Item): boolean;
  /** Prepares an item. Undefined when it may join a batch now. It must not reject. */
  prepare(item: Item): Promise<RunResult | undefined>;
  /**
   * Runs a batch, in which the items of a key stand in order. Resolves with a result for each. After `release`, the
   * next batch of the lane may begin, with other keys. It must not reject.
   */
  runBatch(lane: Lane, items: readonly Item[], release: () => void): Promise<readonly RunResult[]>;
}

/** Settings of {@link KeyQueues}. */
export interface KeyQueuesOptions<Item, Lane> {
  /** Most runs at once. A run is an item or a batch. */
  concurrency: number;
  /** Runs an item alone. It must not reject. */
  run(item: Item): Promise<RunResult>;
  /** Undefined when all items run alone. */
  lanes?: BatchLanes<Item, Lane> | undefined;
}

interface Queue<Item> {
  key: string;
  items: Item[];
  timer?: NodeJS.Timeout;
}

/** Keys whose first item waits for the next batch of a lane. */
interface WaitingLane<Item> {
  queues: Queue<Item>[];
  isBusy: boolean;
}

/** Items at the head of a queue that are in a batch. */
interface Share<Item> {
  queue: Queue<Item>;
  items: readonly Item[];
}

/**
 * Runs items of one key one after another, and items of different keys at the same time, alone or in batches. A batch
 * takes what is there when its lane is free. When an item waits for its next try, only its own key waits.
 */
export class KeyQueues<Item, Lane extends object = object> {
  readonly #options: KeyQueuesOptions<Item, Lane>;
  readonly #queues = new Map<string, Queue<Item>>();
  readonly #alone: Queue<Item>[] = [];
  readonly #unprepared: Queue<Item>[] = [];
  readonly #lanes = new Map<Lane, WaitingLane<Item>>();
  readonly #idle = new Set<() => void>();
  #running = 0;
  #preparing = 0;

  constructor(options: KeyQueuesOptions<Item, Lane>) {
    this.#options = options;
  }

  /** Runs that are under way. */
  get running(): number {
    return this.#running;
  }

  /** Puts items behind the others of their keys. What can run begins when all are in place. */
  push(entries: Iterable<readonly [key: string, item: Item]>): void {
    for (const [key, item] of entries) {
      const queue = this.#queues.get(key);
      if (queue !== undefined) queue.items.push(item);
      else this.#add({ key, items: [item] });
    }
    this.#start();
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    while (this.#running + this.#preparing > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** Forgets all items that wait, and waits for those that run. */
  async stop(): Promise<void> {
    this.#alone.length = 0;
    this.#unprepared.length = 0;
    this.#lanes.clear();
    for (const { timer } of this.#queues.values()) clearTimeout(timer);
    this.#queues.clear();
    await this.settled();
  }

  #add(queue: Queue<Item>): void {
    this.#queues.set(queue.key, queue);
    this.#place(queue);
  }

  /** Puts a queue where its first item waits for its turn. */
  #place(queue: Queue<Item>): void {
    const [first] = queue.items;
    if (first === undefined) return void this.#queues.delete(queue.key);
    const { lanes } = this.#options;
    const lane = lanes?.laneOf(first);
    if (lane === undefined) this.#alone.push(queue);
    else if (lanes?.needsPreparing(first)) this.#unprepared.push(queue);
    else this.#waitingOf(lane).queues.push(queue);
  }

  #waitingOf(lane: Lane): WaitingLane<Item> {
    const waiting = this.#lanes.get(lane) ?? { queues: [], isBusy: false };
    this.#lanes.set(lane, waiting);
    return waiting;
  }

  #start(): void {
    const { concurrency, lanes } = this.#options;
    while (this.#alone.length > 0 && this.#running < concurrency) void this.#runAlone(this.#alone.shift()!);
    if (lanes === undefined) return;
    while (this.#unprepared.length > 0 && this.#preparing < lanes.prepareConcurrency) {
      void this.#prepare(lanes, this.#unprepared.shift()!);
    }
    for (const [lane, waiting] of this.#lanes) {
      if (waiting.queues.length > 0 && !waiting.isBusy && this.#running < concurrency)
        void this.#runBatch(lanes, lane, waiting);
    }
  }

  async #runAlone(queue: Queue<Item>): Promise<void> {
    const item = queue.items[0]!;
    this.#running += 1;
    const result = await this.#options.run(item);
    this.#running -= 1;
    this.#goOn({ queue, items: [item] }, [result]);
    this.#afterRun();
  }

  async #prepare(lanes: BatchLanes<Item, Lane>, queue: Queue<Item>): Promise<void> {
    const item = queue.items[0]!;
    this.#preparing += 1;
    const result = await lanes.prepare(item);
    this.#preparing -= 1;
    if (result !== undefined) this.#goOn({ queue, items: [item] }, [result]);
    else if (this.#isKept(queue)) this.#place(queue);
    this.#afterRun();
  }

  async #runBatch(lanes: BatchLanes<Item, Lane>, lane: Lane, waiting: WaitingLane<Item>): Promise<void> {
    const shares = this.#takeBatch(lanes, lane, waiting);
    const items = shares.flatMap((share) => share.items);
    this.#running += 1;
    waiting.isBusy = true;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      waiting.isBusy = false;
      this.#start();
    };
    const results = await lanes.runBatch(lane, items, release);
    this.#running -= 1;
    let from = 0;
    for (const share of shares) this.#goOn(share, results.slice(from, (from += share.items.length)));
    release();
    this.#afterRun();
  }

  /** Takes keys in the order in which they wait, each with all it has for this lane. */
  #takeBatch(lanes: BatchLanes<Item, Lane>, lane: Lane, waiting: WaitingLane<Item>): Share<Item>[] {
    const shares: Share<Item>[] = [];
    let space = lanes.mostPerBatch;
    while (space > 0) {
      const queue = waiting.queues[shares.length];
      if (queue === undefined) break;
      const items = firstWhile(
        queue.items,
        space,
        (item) => lanes.laneOf(item) === lane && !lanes.needsPreparing(item),
      );
      shares.push({ queue, items });
      space -= items.length;
    }
    waiting.queues.splice(0, shares.length);
    return shares;
  }

  /** Removes what is done from the head of a queue. */
  #goOn({ queue, items }: Share<Item>, results: readonly RunResult[]): void {
    if (!this.#isKept(queue)) return;
    const left = items.filter((_, index) => results[index]?.kind !== 'done');
    queue.items.splice(0, items.length, ...left);
    const again = results.find((result) => result.kind === 'again');
    if (again === undefined || again.inMs === 0) return this.#place(queue);
    queue.timer = setTimeout(() => this.#retry(queue), again.inMs);
  }

  #retry(queue: Queue<Item>): void {
    delete queue.timer;
    this.#place(queue);
    this.#start();
  }

  #isKept(queue: Queue<Item>): boolean {
    return this.#queues.get(queue.key) === queue;
  }

  #afterRun(): void {
    if (this.#running + this.#preparing === 0) this.#wakeIdle();
    this.#start();
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}

function firstWhile<Item>(items: readonly Item[], most: number, isMeant: (item: Item) => boolean): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (first.length === most || !isMeant(item)) break;
    first.push(item);
  }
  return first;
}
