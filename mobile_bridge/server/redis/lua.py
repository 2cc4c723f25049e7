"""What Redis does for store.py, each script whole or not at all (Lua).

A pairing is a hash with its text, the name of this form of it and its number. The
expiries are a sorted set of sids, and so are those that nobody has joined, by age. What
had to make room waits in a list for the next sweep. Everything has a time to live.

Scripts build the names of some keys themselves, so this is for one Redis with or
without replicas, not for a Redis Cluster.
"""

_HEX = """
local function hex(bytes)
  return (bytes:gsub('.', function(c) return string.format('%02x', c:byte()) end))
end
"""

# Removes a pairing with all that leads to it, and returns its text if it is there.
_FORGET = """
local function forget(sid, records, numbers, expiries, alone)
  local record = records .. hex(sid)
  local pairing, number = unpack(redis.call('HMGET', record, 'pairing', 'number'))
  redis.call('ZREM', expiries, sid)
  redis.call('ZREM', alone, sid)
  redis.call('DEL', record)
  if number and number ~= '' then redis.call('DEL', numbers .. number) end
  return pairing
end
"""

_SAVE = """
local function save()
  local version, pairing, number, sid = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local expires_at, life = ARGV[5], tonumber(ARGV[6])
  redis.call('HSET', KEYS[1], 'version', version, 'pairing', pairing, 'number', number)
  redis.call('PEXPIRE', KEYS[1], life)
  redis.call('ZADD', KEYS[2], expires_at, sid)
  if ARGV[7] == '' then
    redis.call('ZREM', KEYS[4], sid)
  else
    redis.call('ZADD', KEYS[4], ARGV[7], sid)
  end
  for _, set in ipairs({KEYS[2], KEYS[4]}) do
    if redis.call('PTTL', set) < life then redis.call('PEXPIRE', set, life) end
  end
  if number ~= '' then redis.call('SET', KEYS[3], sid, 'PX', life) end
  return 'saved'
end
local held = redis.call('HGET', KEYS[1], 'version')
-- The client asks again when an answer got lost; then it has been kept already.
if held == ARGV[1] then return 'saved' end
"""

_ADD = """
if held then return 'taken' end
if ARGV[3] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then return 'taken' end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[8]) then
  local sid = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
  if not sid then return 'full' end
  local pairing = forget(sid, ARGV[9], ARGV[10], KEYS[2], KEYS[4])
  if pairing then
    redis.call('RPUSH', KEYS[5], pairing)
    redis.call('PEXPIRE', KEYS[5], ARGV[11])
  end
end
return save()
"""

_UPDATE = """
if held ~= ARGV[8] then return 'changed' end
return save()
"""

_FIND = """
local sid = redis.call('GET', KEYS[1])
return sid and redis.call('HGET', ARGV[1] .. hex(sid), 'pairing')
"""

_POP_EXPIRED = """
local expired = redis.call('LPOP', KEYS[3], ARGV[2]) or {}
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, sid in ipairs(over) do
  local pairing = forget(sid, ARGV[3], ARGV[4], KEYS[1], KEYS[2])
  if pairing then expired[#expired + 1] = pairing end
end
return expired
"""

_ALLOWS = """
return tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) and 1 or 0
"""

_ACQUIRE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used >= tonumber(ARGV[1]) then return 0 end
redis.call('INCR', KEYS[1])
if used == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""

ALL = {
    "add": _HEX + _FORGET + _SAVE + _ADD,
    "update": _SAVE + _UPDATE,
    "find": _HEX + _FIND,
    "pop_expired": _HEX + _FORGET + _POP_EXPIRED,
    "allows": _ALLOWS,
    "acquire": _ACQUIRE,
}
