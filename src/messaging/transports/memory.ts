import { onAbort } from '../../abort/on-abort.js';
import { TablepickError } from '../../errors.js';
import { Notifier } from '../notifier.js';
import { type WireMessage, refuseLarge } from '../envelope/message.js';
import { partitionOf } from '../partition-of.js';
import type {
  DisposableTransport,
  PartitionAssignment,
  PartitionLag,
  Received,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from '../transport.js';
import { unknownTopic } from './unknown-topic.js';

interface Log {
  topic: string;
  partition: number;
  messages: Received[];
}

interface Member {
  options: SubscribeOptions;
  /** The logs it reads at present, each until its controller aborts. */
  reading: Map<Log, { controller: AbortController; done: Promise<void> }>;
}

interface HubState {
  logs: Map<string, Log[]>;
  groups: Map<string, { committed: Map<Log, bigint>; members: Member[] }>;
  published: Notifier;
}

/** The shared state of the handles of one process, in place of a broker. Give it to {@link createMemoryTransport}. */
export interface MemoryHub {
  readonly kind: 'memory-hub';
}

const STATES = new WeakMap<MemoryHub, HubState>();

/** Creates an empty hub. It ends with the process. */
export function createMemoryHub(): MemoryHub {
  const hub: MemoryHub = { kind: 'memory-hub' };
  STATES.set(hub, { logs: new Map(), groups: new Map(), published: new Notifier(new AbortController().signal) });
  return hub;
}

/**
 * A transport inside this process, for tests: it keeps the contract, except that messages do not survive a crash.
 * Handles on one hub reach each other.
 *
 * @example
 * const hub = createMemoryHub();
 * const [sending, receiving] = [createMemoryTransport(hub), createMemoryTransport(hub)];
 */
export function createMemoryTransport(shared: MemoryHub = createMemoryHub()): DisposableTransport {
  const hub = stateOf(shared);
  const subscriptions = new Set<Subscription>();
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all([...subscriptions].map((each) => each.stop()));
  };
  return {
    name: 'memory',
    createTopics: async (topics) => {
      for (const spec of topics) if (!hub.logs.has(spec.topic)) hub.logs.set(spec.topic, createLogs(spec));
    },
    publish: async (messages) => {
      if (isClosed) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'the transport is closed');
      const places = messages.map((message) => [placeOf(hub, message), message] as const);
      for (const [log, message] of places) {
        log.messages.push({ ...message, partition: log.partition, offset: BigInt(log.messages.length) });
      }
      hub.published.notify();
    },
    subscribe: async (options) => {
      const subscription = subscribeTo(hub, options);
      subscriptions.add(subscription);
      return subscription;
    },
    lag: async (group, topics) => logsOf(hub, topics).map((log) => lagOf(hub, group, log)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function stateOf(shared: MemoryHub): HubState {
  const state = STATES.get(shared);
  if (state === undefined) throw new TablepickError('BAD_OPTION', 'this hub was not made by createMemoryHub');
  return state;
}

function createLogs({ topic, partitions }: TopicSpec): Log[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition, messages: [] }));
}

function placeOf(hub: HubState, { topic, key, value }: WireMessage): Log {
  const logs = logsOf(hub, [topic]);
  refuseLarge(value, `a message of ${topic}`);
  return logs[partitionOf(key, logs.length)]!;
}

function logsOf(hub: HubState, topics: readonly string[]): Log[] {
  return topics.flatMap((topic) => {
    const logs = hub.logs.get(topic);
    if (logs === undefined) throw unknownTopic(topic);
    return logs;
  });
}

function groupOf(hub: HubState, name: string): { committed: Map<Log, bigint>; members: Member[] } {
  const group = hub.groups.get(name) ?? { committed: new Map(), members: [] };
  hub.groups.set(name, group);
  return group;
}

function lagOf(hub: HubState, group: string, log: Log): PartitionLag {
  const committed = Number(groupOf(hub, group).committed.get(log) ?? 0n);
  return { topic: log.topic, partition: log.partition, lag: log.messages.length - committed };
}

function subscribeTo(hub: HubState, options: SubscribeOptions): Subscription & AsyncDisposable {
  logsOf(hub, options.topics);
  const group = groupOf(hub, options.group);
  const member: Member = { options, reading: new Map() };
  group.members.push(member);
  shareOut(hub, options.group);
  let forget = (): void => {};
  const stop = async (): Promise<void> => {
    forget();
    group.members = group.members.filter((other) => other !== member);
    const ended = [...member.reading.values()].map(({ controller, done }) => (controller.abort(), done));
    hub.published.notify();
    await Promise.all(ended);
    member.reading.clear();
    shareOut(hub, options.group);
  };
  forget = onAbort(options.signal, () => void stop());
  return { stop, holds: () => [...member.reading.keys()], [Symbol.asyncDispose]: stop };
}

/** Gives every partition to one of the members that want it. When a member loses a partition, its batch ends first. */
function shareOut(hub: HubState, name: string): void {
  const { members } = groupOf(hub, name);
  const topics = new Set(members.flatMap(({ options }) => options.topics));
  for (const log of logsOf(hub, [...topics])) {
    const wanting = members.filter(({ options }) => options.topics.includes(log.topic));
    const owner = wanting[log.partition % wanting.length];
    const losing = members.filter((member) => member !== owner && member.reading.has(log));
    const ended = losing.map((member) => endReading(member, log));
    hub.published.notify();
    if (owner !== undefined && !owner.reading.has(log)) beginReading(hub, { owner, log, after: Promise.all(ended) });
  }
}

function endReading(member: Member, log: Log): Promise<void> {
  const reading = member.reading.get(log);
  reading?.controller.abort();
  member.reading.delete(log);
  return reading?.done ?? Promise.resolve();
}

function beginReading(
  hub: HubState,
  { owner, log, after }: { owner: Member; log: Log; after: Promise<unknown> },
): void {
  const controller = new AbortController();
  const done = after.then(() => readLog(hub, { owner, log, signal: controller.signal }));
  owner.reading.set(log, { controller, done });
}

async function readLog(
  hub: HubState,
  { owner, log, signal }: { owner: Member; log: Log; signal: AbortSignal },
): Promise<void> {
  const { committed } = groupOf(hub, owner.options.group);
  const { topic, partition } = log;
  const commit = async (offset: bigint): Promise<void> => void (signal.aborted || committed.set(log, offset));
  const assignment: PartitionAssignment = { topic, partition, signal, commit };
  let position = Number(committed.get(log) ?? 0n);
  while (!signal.aborted) {
    const heard = hub.published.count;
    const messages = log.messages.slice(position, position + 500);
    position += messages.length;
    if (messages.length === 0) await hub.published.notifiedAfter(heard);
    else await owner.options.onBatch({ assignment, messages });
  }
}
