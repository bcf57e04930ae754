#!lua
-- Takes labels that belong to no prediction out of the waiting ones, counts them by their reasons and keeps the newest.
--
-- KEYS  waiting labels, ledger, unmatched labels
-- ARGV  how many unmatched labels are kept; then stream id and reason of each label
-- Returns how many of them waited.

local waiting, ledger, unmatched = KEYS[1], KEYS[2], KEYS[3]
local most, moved = ARGV[1], 0

redis.call('XDEL', waiting, '0-1')
for position = 2, #ARGV, 2 do
  local id, reason = ARGV[position], ARGV[position + 1]
  local found = redis.call('XRANGE', waiting, id, id)[1]
  if found then
    redis.call('XADD', unmatched, 'MAXLEN', '~', most, '*', 'label_id', id, 'reason', reason, unpack(found[2]))
    redis.call('HINCRBY', ledger, 'unmatched:' .. reason, 1)
    redis.call('XDEL', waiting, id)
    moved = moved + 1
  end
end
return moved
