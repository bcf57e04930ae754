-- Counts the entries of a part of a stream, so that none of them has to travel.
--
-- KEYS  stream
-- ARGV  the id after which to begin, the id up to which to count, how many entries at most
-- Returns {how many, id of the last one}.

local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], ARGV[2], 'COUNT', ARGV[3])
if #entries == 0 then
  return {0, ARGV[1]}
end
return {#entries, entries[#entries][1]}
