#!lua
-- Counts the labels of one window's labels.parquet, and takes those that are in it out of the waiting ones.
--
-- KEYS  waiting labels, ledger, windows
-- ARGV  window id; how many labels of the file are joined, repeated, superseded, and how many are implied; how many
--       of each of them, in the same order, are copies; then the stream ids of waiting labels that are in the file
-- Returns how many of them waited.
--
-- The counts are those of the whole file, so the script may run again: it counts by how much they differ from
-- what it last saw. Redis may have been put back to an older state, which did not know some labels of the file,
-- or the file to one that lacks some: then these are counted as received, or as lost. Copies are in no sum of the
-- ledger, since the file of another version's window counts them.

local waiting, ledger, windows = KEYS[1], KEYS[2], KEYS[3]
local window_id, states = ARGV[1], {'joined', 'repeated', 'superseded', 'implied'}
local first_id = 10

local waited = redis.call('XDEL', waiting, '0-1')
for first = first_id, #ARGV, 1000 do
  waited = waited + redis.call('XDEL', waiting, unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
local before = redis.call('HGET', windows, window_id)
local counted = before and cjson.decode(before) or {}
local now, of_labels = {}, 0
for place = 1, first_id - 2 do
  now[place] = tonumber(ARGV[1 + place])
end
for place, state in ipairs(states) do
  local own = now[place] - (now[#states + place] or 0)
  local more = own - ((counted[place] or 0) - (counted[#states + place] or 0))
  redis.call('HINCRBY', ledger, state, more)
  if state ~= 'implied' then
    of_labels = of_labels + more
  end
end
if of_labels > waited then
  redis.call('HINCRBY', ledger, 'received', of_labels - waited)
elseif of_labels < waited then
  redis.call('HINCRBY', ledger, 'unmatched:lost', waited - of_labels)
end
redis.call('HSET', windows, window_id, cjson.encode(now))
return waited
