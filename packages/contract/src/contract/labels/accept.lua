#!lua
-- Takes all labels of a request, or none.
--
-- KEYS  waiting labels, ledger; then the Idempotency-Key, if there is one
-- ARGV  how many labels may wait, fingerprint of the request, milliseconds for which the key is remembered,
--       the names of a label's fields as a JSON array, and the labels as a JSON array of arrays of their values, all texts:
--       to pack each value as an argument of its own would hold the event loop for as long as reading the request
-- Returns 'accepted', 'repeated' (the same was accepted under this key), 'reused' (other labels were), or 'full'.
--
-- A script that fails is not rolled back. So each command is first called in a way that changes nothing: a user who may
-- not call it is refused before anything is appended. XADD can't be tried like that; it goes first.

local waiting, ledger, key = KEYS[1], KEYS[2], KEYS[3]
local most, fingerprint, remember_ms = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local fields, labels = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])

if key then
  local known = redis.call('GET', key)
  if known then
    return known == fingerprint and 'repeated' or 'reused'
  end
  redis.call('SET', key, fingerprint, 'XX', 'PX', remember_ms)
end
redis.call('HINCRBY', ledger, 'received', 0)
if redis.call('XLEN', waiting) + #labels > most then
  return 'full'
end

local entry = {}
for place, name in ipairs(fields) do
  entry[2 * place - 1] = name
end
for _, label in ipairs(labels) do
  for place, value in ipairs(label) do
    entry[2 * place] = value
  end
  redis.call('XADD', waiting, '*', unpack(entry))
end
redis.call('HINCRBY', ledger, 'received', #labels)
redis.call('HSET', ledger, 'received_at', redis.call('TIME')[1])
if key then
  redis.call('SET', key, fingerprint, 'PX', remember_ms)
end
return 'accepted'
