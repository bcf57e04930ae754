-- Appends one writer's records to a partition's stream and closes each window that they fill; or closes the open window.
--
-- KEYS  stream, open window, pending windows, ledger, writer; then a key per record that is to be taken once only
-- ARGV  what is asked, as JSON:
--         rows, prefix       of a full window; of window ids
--         first              number of the first record, numbers being consecutive (absent: no writer, only a close)
--         forget_ms          how long a silent writer's numbers are remembered
--         counts, add        number of these counts (absent: none), and what they add to the ledger, by name
--         spooled            whether the records were counted as spooled before (absent: no)
--         once, once_ms      of each key from the sixth on: at (the record's position), value, logged; their lifetime
--         close, reason      number of the window to close (absent: none), and why
--         fields             names of a record's fields
--       then the records' values, one record after another
-- Returns {ids of the windows closed, records skipped since they had been taken, records that were taken and are gone,
--          then for each record that repeats another: position, value remembered}

local stream, open, pending, ledger, writer = unpack(KEYS, 1, 5)
local asked = cjson.decode(ARGV[1])
local width = #asked.fields
local records = (#ARGV - 1) / width
local skipped, gone = 0, 0
local closed, repeats = {}, {}

local function count(name, by)
  if by ~= 0 then
    redis.call('HINCRBY', ledger, name, by)
  end
end

if asked.first then
  local known = redis.call('HMGET', writer, 'record', 'counts')
  local taken, last = tonumber(known[1] or '0'), asked.first + records - 1
  gone = math.max(asked.first - 1 - taken, 0)
  skipped = math.min(math.max(taken - asked.first + 1, 0), records)
  redis.call('HSET', writer, 'record', math.max(taken, last))
  count('accepted', gone)
  count('lost', gone)
  if asked.counts and asked.counts > tonumber(known[2] or '0') then
    redis.call('HSET', writer, 'counts', asked.counts)
    for name, by in pairs(asked.add) do
      count(name, by)
    end
  end
  redis.call('PEXPIRE', writer, asked.forget_ms)
end

local state = redis.call('HMGET', open, 'number', 'start', 'first', 'last', 'rows')
local number, start = tonumber(state[1] or '1'), state[2] or '0-0'
local first, last, rows = state[3] or '', state[4] or '0-0', tonumber(state[5] or '0')

local function close(reason)
  local id = asked.prefix .. '-' .. last
  redis.call('HSET', pending, id, cjson.encode({
    id = id, number = number, start = start, first = first, last = last, rows = rows, reason = reason,
  }))
  count('closed', rows)
  closed[#closed + 1] = id
  number, start, first, rows = number + 1, last, '', 0
end

local entry = {}
for field = 1, width do
  entry[2 * field - 1] = asked.fields[field]
end

local function append(position)
  for field = 1, width do
    entry[2 * field] = ARGV[1 + (position - 1) * width + field]
  end
  last = redis.call('XADD', stream, '*', unpack(entry))
  if rows == 0 then
    first = last
  end
  rows = rows + 1
  if rows >= asked.rows then
    close('full')
  end
end

local once_at = {}
for index, once in ipairs(asked.once or {}) do
  once_at[once.at] = once
  once.key = KEYS[5 + index]
end

local appended, repeated, unsampled = 0, 0, 0

local function take_once(position, once)
  local remembered = redis.call('GET', once.key)
  if remembered and remembered ~= once.value then
    repeats[#repeats + 1] = position
    repeats[#repeats + 1] = remembered
  end
  if position <= skipped then
    return
  elseif remembered then
    repeated = repeated + 1
    return
  end
  redis.call('SET', once.key, once.value, 'PX', asked.once_ms)
  if once.logged then
    append(position)
    appended = appended + 1
  else
    unsampled = unsampled + 1
  end
end

for position = 1, records do
  local once = once_at[position]
  if once then
    take_once(position, once)
  elseif position > skipped then
    append(position)
    appended = appended + 1
  end
end

if asked.close == number and rows > 0 then
  close(asked.reason)
end
if asked.spooled then
  count('spooled', skipped - records)
else
  count('accepted', records - skipped)
end
count('appended', appended)
count('repeated', repeated)
count('unsampled', unsampled)
redis.call('HSET', open, 'number', number, 'start', start, 'first', first, 'last', last, 'rows', rows)
return {closed, skipped, gone, unpack(repeats)}
