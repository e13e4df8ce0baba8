export { composeMail, type MailText } from './compose-mail.js';
export { createFolderMailer, prepareMailFolder } from './folder-mailer.js';
export type { Mail, Mailer } from './mailer.js';
export type { NoticeType, ReservationNotice } from './notice.js';
export { notificationHandlers, type NotificationHandlerOptions } from './notification-handlers.js';
export { recipientFromTemplate, type RecipientOf } from './recipient-template.js';
export { createSmtpMailer, type SmtpMailerOptions } from './smtp-mailer.js';
export {
  notificationGroup,
  notificationRetry,
  notificationTopics,
  startNotifications,
  type NotificationsOptions,
} from './start-notifications.js';
