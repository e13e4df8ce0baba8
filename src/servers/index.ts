export type { LedgerLine } from './gateway/gateway-book.js';
export type { GatewayFaults } from './gateway/gateway-faults.js';
export { startGatewayServer, type GatewayServer, type GatewayServerOptions } from './gateway/gateway-server.js';
export type { GatewayStats } from './gateway/gateway-stats.js';
export type { HttpServer, RequestServed } from './http-server.js';
export type { ListenAddress } from './listen.js';
export { startPaymentServer, type PaymentServerOptions } from './payment-server.js';
export { startReservationServer, type ReservationServerOptions } from './reservation-server.js';
