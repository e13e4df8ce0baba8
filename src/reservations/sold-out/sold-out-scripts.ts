/**
 * The generation of a slot, made when there is none, and kept for a while longer.
 * KEYS: the generation. ARGV: a new one, how long it is kept in milliseconds.
 */
export const OPEN_GENERATION = `
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return redis.call('GET', KEYS[1])`;

/**
 * Puts a flag in place of the one there is, unless the generation is not the one that was read before the database was
 * asked: then somebody gave seats back meanwhile, or everything was forgotten. KEYS: the flag, the generation. ARGV:
 * the generation as read, the flag's life in milliseconds, then names and values. Returns 1 when the flag stands, else
 * 0.
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
 * Removes flags and keeps everybody who is about to set one from it. A generation that is not there is nobody's: who
 * read one made it. KEYS: flag, generation, flag, generation, … ARGV: a new generation, how long it is kept in
 * milliseconds.
 */
export const REMOVE_FLAGS = `
  for place = 1, #KEYS, 2 do
    redis.call('SET', KEYS[place + 1], ARGV[1], 'XX', 'PX', ARGV[2])
    redis.call('DEL', KEYS[place])
  end
  return 1`;
