import { connect, migrate, type Database } from 'tablepick/database';
import {
  createMemoryTransport,
  createMessage,
  encodeMessage,
  type ConsumerEvent,
  type Message,
  type Transport,
} from 'tablepick/messaging';
import {
  notificationTopics,
  recipientFromTemplate,
  startNotifications,
  type Mailer,
  type NotificationsOptions,
} from 'tablepick/notifications';
import { sagaEvent, sagaTopics } from 'tablepick/payments';

import { createTestDatabase, testServer } from './servers.js';

/** A dead letter of the notifications. */
export interface DeadMail {
  messageId: string;
  handler: string;
  reason: string;
  error: string;
  attempts: number;
}

/** Notifications at work on a schema of their own, over the memory transport. */
export interface NotificationScene {
  database: Database;
  transport: Transport;
  events: ConsumerEvent[];
  tell(type: 'ReservationConfirmed' | 'ReservationCancelled', about: About): Promise<Message>;
  publish(...messages: Message[]): Promise<void>;
  deadMails(): Promise<DeadMail[]>;
  /** Number of messages that the group has noted as handled. */
  handled(): Promise<number>;
}

/** The content of a message; the rest is made up. */
export interface About {
  reservationId: number;
  memberId: number;
  reason?: string;
}

const READ_DEAD = `SELECT message_id AS messageId, handler, reason, error, attempts FROM dead_letter
  WHERE consumer_group = 'notifications' ORDER BY id`;

/** Runs `work` with notifications that give their mails to `mailer`. */
export async function withNotifications(
  options: { mailer: Mailer } & Partial<NotificationsOptions>,
  work: (scene: NotificationScene) => Promise<void>,
): Promise<void> {
  const schema = await createTestDatabase(testServer('mysql'));
  const database = await connect({ url: schema.url });
  const transport = createMemoryTransport();
  try {
    await migrate(database);
    await transport.createTopics([...sagaTopics(2), ...notificationTopics(2)]);
    const events: ConsumerEvent[] = [];
    const consumer = await startNotifications({
      database,
      transport,
      from: 'Tablepick <no-reply@example.test>',
      recipient: recipientFromTemplate('guest-{memberId}@example.test'),
      retry: { kind: 'retry-topic', attempts: 5, baseMs: 20, capMs: 320 },
      consumer: { onEvent: (event) => events.push(event) },
      ...options,
    });
    await work(sceneOf({ database, transport, events })).finally(() => consumer.stop());
  } finally {
    await transport.close();
    await database.close();
    await schema.drop();
  }
}

function sceneOf({
  database,
  transport,
  events,
}: Pick<NotificationScene, 'database' | 'transport' | 'events'>): NotificationScene {
  const publish = (...messages: Message[]) => transport.publish(messages.map((message) => encodeMessage(message)));
  return {
    database,
    transport,
    events,
    publish,
    tell: async (type, { reservationId, memberId, reason = 'payment-failed' }) => {
      const data = { reservationId, restaurantId: 3, memberId, partySize: 4, slotId: 99, reason };
      const message = createMessage(sagaEvent(type, data));
      await publish(message);
      return message;
    },
    deadMails: () => database.query<DeadMail & Record<string, unknown>>(READ_DEAD),
    handled: async () =>
      (await database.query(`SELECT message_id FROM inbox WHERE consumer_group = 'notifications'`)).length,
  };
}
