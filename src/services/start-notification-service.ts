import { notificationGroup, startNotifications } from '../notifications/index.js';
import { reservationTopic } from '../payments/index.js';
import { addDeadLetterGauge, addLagGauge } from './add-gauges.js';
import { createReadinessCheck } from './readiness-check.js';
import type { NotificationServiceOptions } from './services.js';
import type { StartedService, Starting } from './starting.js';

const service = 'notifications' as const;

/** Starts the notifications. */
export async function startNotificationService(
  options: NotificationServiceOptions,
  starting: Starting,
): Promise<StartedService> {
  const { transport, tell, closing } = starting;
  const { database, consumer } = options;
  const group = notificationGroup;
  const notifications = await startNotifications({
    ...options,
    transport,
    consumer: { ...consumer, onEvent: (event) => tell({ service, kind: 'consumer', group, event }) },
  });
  closing.onClose(() => notifications.stop());
  const participant = { service, database, group, topics: [reservationTopic] };
  addDeadLetterGauge(participant, starting);
  addLagGauge(participant, starting);
  return { ready: createReadinessCheck(participant, starting) };
}
