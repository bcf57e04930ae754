-- Appends one writer's records to a partition's stream, and closes each window that they fill, or whose period is over
-- when they arrive.
--
-- KEYS  stream, open window, pending windows, ledger, writer; then a key for each record that is taken once only
-- ARGV  rows of a full window, period of a window (empty: none), prefix of window ids,
--       number of the first record (numbers are consecutive), milliseconds for which a silent writer is remembered,
--       1 if the records were counted as spooled before, else 0,
--       number of the counts (0: none), how many counts there are; then each one's name and what it adds to the ledger,
--       milliseconds for which a record taken once is remembered;
--       then for each key from the sixth on: position of its record, value, 1 if the record is logged, else 0;
--       how many fields a record has; then their names; then the records' values, one record after another
-- Returns {ids of the windows closed, records that had been taken before, records that were taken and are lost,
--          then for each record that repeats another: position, value remembered}, or the error of the record
--          that could not be taken; the records before it are taken
--
-- A script that fails is not rolled back. So the first commands are those that the last lines need: a user who
-- may not call them is refused before anything is appended. A record's number counts as taken only once the record
-- is in the stream.

local stream, open, pending, ledger, writer = unpack(KEYS, 1, 5)

local read = 0
local function argument()
  read = read + 1
  return ARGV[read]
end
local function number()
  return tonumber(argument())
end

local function count(name, by)
  if by ~= 0 then
    redis.call('HINCRBY', ledger, name, by)
  end
end

local window_rows, period, prefix = number(), argument(), argument()
local first, forget_ms, spooled = number(), number(), argument() == '1'
local window = read_window(open)
window.period = period
write_window(open, window)
redis.call('HINCRBY', ledger, 'accepted', 0)

local known = redis.call('HMGET', writer, 'record', 'counts')
local taken = tonumber(known[1] or '0')
local lost = math.max(first - 1 - taken, 0)
redis.call('HSET', writer, 'record', math.max(taken, first - 1))
redis.call('PEXPIRE', writer, forget_ms)
count('accepted', lost)
count('lost', lost)

local counts_number, counts = number(), number()
local are_new = counts_number > tonumber(known[2] or '0')
if are_new then
  redis.call('HSET', writer, 'counts', counts_number)
end
for _ = 1, counts do
  local name, by = argument(), number()
  if are_new then
    count(name, by)
  end
end

local once_ms, once_at = number(), {}
for key = 6, #KEYS do
  once_at[number()] = {key = KEYS[key], value = argument(), logged = argument() == '1'}
end

local width, entry = number(), {}
for field = 1, width do
  entry[2 * field - 1] = argument()
end
local records = (#ARGV - read) / width
local already_taken = math.min(math.max(taken - first + 1, 0), records)
local closed, repeats = {}, {}
local appended, repeated, unsampled = 0, 0, 0

-- Each gives the error of a command that Redis refuses, else nothing.
local function append(position)
  for field = 1, width do
    entry[2 * field] = ARGV[read + (position - 1) * width + field]
  end
  local id = redis.pcall('XADD', stream, '*', unpack(entry))
  if type(id) == 'table' then
    return id
  end
  if is_over(window, milliseconds(id)) then
    closed[#closed + 1] = close(window, 'period', prefix, pending, ledger)
  end
  window.last = id
  if window.rows == 0 then
    window.first = id
  end
  appended, window.rows = appended + 1, window.rows + 1
  if window.rows >= window_rows then
    closed[#closed + 1] = close(window, 'full', prefix, pending, ledger)
  end
end

local function take_once(position, once)
  local remembered = redis.pcall('GET', once.key)
  if type(remembered) == 'table' then
    return remembered
  elseif remembered and remembered ~= once.value then
    repeats[#repeats + 1] = position
    repeats[#repeats + 1] = remembered
    repeated = repeated + (position > already_taken and 1 or 0)
  elseif position > already_taken then
    local set = redis.pcall('SET', once.key, once.value, 'PX', once_ms)
    if set.err then
      return set
    elseif once.logged then
      return append(position)
    end
    unsampled = unsampled + 1
  end
end

local done, failed = already_taken, nil
for position = 1, records do
  if once_at[position] then
    failed = take_once(position, once_at[position])
  elseif position > already_taken then
    failed = append(position)
  end
  if failed then
    break
  end
  done = math.max(done, position)
end

if done > already_taken then
  redis.call('HSET', writer, 'record', first - 1 + done)
end
if spooled then
  count('spooled', already_taken - done)
else
  count('accepted', done - already_taken)
end
count('appended', appended)
count('repeated', repeated)
count('unsampled', unsampled)
write_window(open, window)
if failed then
  return failed
end
return {closed, already_taken, lost, unpack(repeats)}
