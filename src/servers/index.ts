export { freePort } from './free-port.js';
export { startGatewayServer, type GatewayServer, type GatewayServerOptions } from './gateway/gateway-server.js';
export type { GatewayFaults } from './gateway/gateway-faults.js';
export { startHttpServer, type HttpServer, type HttpServerOptions, type Route } from './http-server.js';
export { urlOf, type ListenAddress } from './listen.js';
export { startPaymentServer, type PaymentServerOptions } from './payment-server.js';
export { startReservationServer, type ReservationServerOptions } from './reservation-server.js';
