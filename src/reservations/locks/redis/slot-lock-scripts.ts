/** None of these scripts changes locks of other owners. An owner is a random text of one request. */

/**
 * Takes the lock of a slot and makes a fencing token. When its owner has the lock already, because an earlier answer
 * was lost, it takes the lock again. KEYS: the lock, the last token. ARGV: owner, lease in milliseconds, a token that
 * is known to have been used, how long tokens are kept in milliseconds. Returns the token, or nothing when another
 * owner has the lock.
 *
 * The token is the server's time in microseconds, or one more than the largest known token, whichever is larger. So it
 * grows even when Redis has lost its data.
 *
 * @source Redis documentation, SET: "Patterns", a lock with a random value; TIME: seconds and microseconds; since Redis
 * 5 scripts that write may ask for the time. Numbers in Lua are exact up to 2^53: until the year 2255.
 */
export const TAKE_LOCK = `
  local owner = redis.call('GET', KEYS[1])
  if owner and owner ~= ARGV[1] then return false end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  local time = redis.call('TIME')
  local last = math.max(tonumber(redis.call('GET', KEYS[2]) or 0), tonumber(ARGV[3]))
  local token = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', KEYS[2], token, 'PX', ARGV[4])
  return token`;

/**
 * Extends every lock. KEYS: the locks. ARGV: owner, lease in milliseconds.
 * Returns 1, or 0 as soon as one of them is not the owner's any more.
 */
export const EXTEND_LOCKS = `
  for _, lock in ipairs(KEYS) do
    if redis.call('GET', lock) ~= ARGV[1] then return 0 end
    redis.call('PEXPIRE', lock, ARGV[2])
  end
  return 1`;

/** Gives up every lock that is the owner's. KEYS: the locks. ARGV: owner. */
export const RELEASE_LOCKS = `
  for _, lock in ipairs(KEYS) do
    if redis.call('GET', lock) == ARGV[1] then redis.call('DEL', lock) end
  end
  return 1`;
