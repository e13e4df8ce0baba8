export type { ServiceEvent, ServiceName } from './service-event.js';
export type {
  NotificationServiceOptions,
  PaymentService,
  PaymentServiceOptions,
  ReservationService,
  ReservationServiceOptions,
  Services,
  ServicesOptions,
  ServicesReadiness,
} from './services.js';
export { startServices } from './start-services.js';
