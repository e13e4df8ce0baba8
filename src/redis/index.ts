export { connectRedis, type ConnectRedisOptions } from './connect-redis.js';
export type { Redis, RedisArgument, RedisScript } from './redis.js';
