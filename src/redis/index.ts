export { connectRedis, connectRedisLater, type ConnectRedisOptions } from './connect-redis.js';
export { diagnoseRedis } from './diagnose-redis.js';
export type { Redis, RedisArgument, RedisScript } from './redis.js';
