/**
 * Returns the generation of a slot and prolongs it. When there is none, it makes one. KEYS: the generation. ARGV: a new
 * one, how long it is kept in milliseconds.
 */
export const OPEN_GENERATION = `
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return redis.call('GET', KEYS[1])`;

/**
 * Replaces a flag, unless the generation has changed since it was read before the database was asked. A change means
 * that somebody gave seats back meanwhile, or that Redis lost its data. KEYS: the flag, the generation. ARGV: the
 * generation as read, the flag's life in milliseconds, then names and values. Returns 1 when the flag is set, else 0.
 */
export const SET_FLAG = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1])
  for first = 3, #ARGV, 1000 do
    redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1`;

/**
 * Removes flags. When somebody is about to set one of them, keeps them from it. A missing generation is not made:
 * reading makes a generation, so nobody has read a missing one. KEYS: flag, generation, flag, generation, … ARGV: a new
 * generation, how long it is kept in milliseconds.
 */
export const REMOVE_FLAGS = `
  for place = 1, #KEYS, 2 do
    redis.call('SET', KEYS[place + 1], ARGV[1], 'XX', 'PX', ARGV[2])
    redis.call('DEL', KEYS[place])
  end
  return 1`;
