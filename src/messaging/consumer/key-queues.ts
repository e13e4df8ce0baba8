/** The result of a run: the item is done, or it runs again later, before the next items of its key. */
export type RunResult = { kind: 'done' } | { kind: 'again'; inMs: number };

/** Settings of {@link KeyQueues}. */
export interface KeyQueuesOptions<Item> {
  /** Most items that run at once. */
  concurrency: number;
  /** It must not reject. */
  run(item: Item): Promise<RunResult>;
}

interface Queue<Item> {
  key: string;
  items: Item[];
  timer?: NodeJS.Timeout;
}

/**
 * Runs items of one key one after another, and items of different keys at the same time. When an item waits for its
 * next try, only its own key waits.
 */
export class KeyQueues<Item> {
  readonly #options: KeyQueuesOptions<Item>;
  readonly #queues = new Map<string, Queue<Item>>();
  readonly #ready: Queue<Item>[] = [];
  readonly #idle = new Set<() => void>();
  #running = 0;

  constructor(options: KeyQueuesOptions<Item>) {
    this.#options = options;
  }

  /** Items that run now. */
  get running(): number {
    return this.#running;
  }

  push(key: string, item: Item): void {
    const queue = this.#queues.get(key);
    if (queue !== undefined) return void queue.items.push(item);
    const created = { key, items: [item] };
    this.#queues.set(key, created);
    this.#ready.push(created);
    this.#start();
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** Forgets all items that wait, and waits for those that run. */
  async stop(): Promise<void> {
    this.#ready.length = 0;
    for (const { timer } of this.#queues.values()) clearTimeout(timer);
    this.#queues.clear();
    await this.settled();
  }

  #start(): void {
    while (this.#running < this.#options.concurrency) {
      const queue = this.#ready.shift();
      if (queue === undefined) return;
      const item = queue.items[0];
      if (item === undefined) this.#queues.delete(queue.key);
      else void this.#run(queue, item);
    }
  }

  async #run(queue: Queue<Item>, item: Item): Promise<void> {
    this.#running += 1;
    const result = await this.#options.run(item);
    this.#running -= 1;
    if (this.#queues.get(queue.key) === queue) this.#goOn(queue, result);
    if (this.#running === 0) this.#wakeIdle();
    this.#start();
  }

  #goOn(queue: Queue<Item>, result: RunResult): void {
    if (result.kind === 'again') {
      queue.timer = setTimeout(() => this.#retry(queue), result.inMs);
      return;
    }
    queue.items.shift();
    if (queue.items.length === 0) this.#queues.delete(queue.key);
    else this.#ready.push(queue);
  }

  #retry(queue: Queue<Item>): void {
    delete queue.timer;
    this.#ready.push(queue);
    this.#start();
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
