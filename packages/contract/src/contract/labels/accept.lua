#!lua
-- Takes all labels of a request, or none.
--
-- KEYS  waiting labels, ledger; then the Idempotency-Key, if there is one
-- ARGV  how many labels may wait, fingerprint of the request, milliseconds for which the key is remembered,
--       how many fields a label has; then their names; then the labels' values, one label after another
-- Returns 'accepted', 'repeated' (the same was accepted under this key), 'reused' (other labels were), or 'full'.
--
-- A script that fails is not rolled back. So each command is first called in a way that changes nothing: a user who may
-- not call it is refused before anything is appended. XADD can't be tried like that; it goes first.

local waiting, ledger, key = KEYS[1], KEYS[2], KEYS[3]
local most, fingerprint, remember_ms, width = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local labels = (#ARGV - 4) / width - 1

if key then
  local known = redis.call('GET', key)
  if known then
    return known == fingerprint and 'repeated' or 'reused'
  end
  redis.call('SET', key, fingerprint, 'XX', 'PX', remember_ms)
end
redis.call('HINCRBY', ledger, 'received', 0)
if redis.call('XLEN', waiting) + labels > most then
  return 'full'
end

local entry = {}
for field = 1, width do
  entry[2 * field - 1] = ARGV[4 + field]
end
for label = 1, labels do
  for field = 1, width do
    entry[2 * field] = ARGV[4 + label * width + field]
  end
  redis.call('XADD', waiting, '*', unpack(entry))
end
redis.call('HINCRBY', ledger, 'received', labels)
redis.call('HSET', ledger, 'received_at', redis.call('TIME')[1])
if key then
  redis.call('SET', key, fingerprint, 'PX', remember_ms)
end
return 'accepted'
