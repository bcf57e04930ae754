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
--          then for each record that repeats another: position, value remembered}, or the error of the record
--          that could not be taken; those before it are
--
-- A script that fails is not rolled back. So each key and command is tried before anything is changed, and a record's
-- number counts as taken only once the record is in the stream.

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

local state = redis.call('HMGET', open, 'number', 'start', 'first', 'last', 'rows')
local number, start = tonumber(state[1] or '1'), state[2] or '0-0'
local first, last, rows = state[3] or '', state[4] or '0-0', tonumber(state[5] or '0')
local function is_count(text)
  return not text or (string.find(text, '^%d+$') and #text < 15)
end
local function is_id(text)
  return not text or text == '' or string.find(text, '^%d+%-%d+$')
end
if not (is_count(state[1]) and is_count(state[5]) and is_id(state[2]) and is_id(state[3]) and is_id(state[4])) then
  return redis.error_reply('ERR something foreign stands in ' .. open)
end
redis.call('HSET', open, 'rows', rows)
redis.call('HGET', pending, '')
redis.call('HINCRBY', ledger, 'accepted', 0)

if asked.first then
  local known = redis.call('HMGET', writer, 'record', 'counts')
  local taken = tonumber(known[1] or '0')
  gone = math.max(asked.first - 1 - taken, 0)
  skipped = math.min(math.max(taken - asked.first + 1, 0), records)
  redis.call('HSET', writer, 'record', math.max(taken, asked.first - 1))
  redis.call('PEXPIRE', writer, asked.forget_ms)
  count('accepted', gone)
  count('lost', gone)
  if asked.counts and asked.counts > tonumber(known[2] or '0') then
    redis.call('HSET', writer, 'counts', asked.counts)
    for name, by in pairs(asked.add) do
      count(name, by)
    end
  end
end

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

local appended, repeated, unsampled = 0, 0, 0

local function append(position)
  for field = 1, width do
    entry[2 * field] = ARGV[1 + (position - 1) * width + field]
  end
  local added = redis.pcall('XADD', stream, '*', unpack(entry))
  if type(added) == 'table' then
    return added
  end
  last = added
  if rows == 0 then
    first = last
  end
  appended, rows = appended + 1, rows + 1
  if rows >= asked.rows then
    close('full')
  end
end

local once_at = {}
for index, once in ipairs(asked.once or {}) do
  once_at[once.at] = once
  once.key = KEYS[5 + index]
end

local function remembered_under(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then
    return nil, not string.find(value.err, '^WRONGTYPE') and value
  end
  local score = value and string.match(value, '^%x+ [%x-]+ ([%d.e+-]+)$')
  return score and tonumber(score) and value
end

local function take_once(position, once)
  local remembered, failed = remembered_under(once.key)
  if failed then
    return failed
  elseif remembered and remembered ~= once.value then
    repeats[#repeats + 1] = position
    repeats[#repeats + 1] = remembered
    repeated = repeated + (position > skipped and 1 or 0)
  elseif position > skipped then
    local set = redis.pcall('SET', once.key, once.value, 'PX', asked.once_ms)
    if set.err then
      return set
    elseif once.logged then
      return append(position)
    end
    unsampled = unsampled + 1
  end
end

local done, failed = skipped, nil
for position = 1, records do
  local once = once_at[position]
  if once then
    failed = take_once(position, once)
  elseif position > skipped then
    failed = append(position)
  end
  if failed then
    break
  end
  done = math.max(done, position)
end
if done > skipped then
  redis.call('HSET', writer, 'record', asked.first - 1 + done)
end

if asked.close == number and rows > 0 then
  close(asked.reason)
end
if asked.spooled then
  count('spooled', skipped - done)
else
  count('accepted', done - skipped)
end
count('appended', appended)
count('repeated', repeated)
count('unsampled', unsampled)
redis.call('HSET', open, 'number', number, 'start', start, 'first', first, 'last', last, 'rows', rows)
if failed then
  return failed
end
return {closed, skipped, gone, unpack(repeats)}
