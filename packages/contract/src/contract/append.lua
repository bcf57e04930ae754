-- Appends a batch to a partition's stream and closes each window that it fills; or closes the open window on demand.
--
-- KEYS  stream, open window, pending windows, ledger, writer's last batch number
-- ARGV  rows of a full window; prefix of window ids;
--       batch number (0: none), milliseconds to remember it;
--       number of the window to close now (0: none), reason;
--       fields of a record: how many, their names; then the records' values, one record after another
-- Returns {1} if the batch was taken before, else {0, id of each window closed …}.

local stream, open, pending, ledger, writer = unpack(KEYS)
local window_rows, prefix = tonumber(ARGV[1]), ARGV[2]
local batch, remember_ms = tonumber(ARGV[3]), ARGV[4]
local close_number, close_reason = tonumber(ARGV[5]), ARGV[6]
local width = tonumber(ARGV[7])
local first_value = 8 + width

if batch > 0 then
  if batch <= tonumber(redis.call('GET', writer) or '0') then
    return {1}
  end
  redis.call('SET', writer, batch, 'PX', remember_ms)
end

local state = redis.call('HMGET', open, 'number', 'start', 'first', 'last', 'rows')
local number, start = tonumber(state[1] or '1'), state[2] or '0-0'
local first, last, rows = state[3] or '', state[4] or '0-0', tonumber(state[5] or '0')
local reply = {0}

local function close(reason)
  local id = prefix .. '-' .. last
  redis.call('HSET', pending, id, cjson.encode({
    id = id, number = number, start = start, first = first, last = last, rows = rows, reason = reason,
  }))
  redis.call('HINCRBY', ledger, 'closed', rows)
  reply[#reply + 1] = id
  number, start, first, rows = number + 1, last, '', 0
end

local entry = {}
for field = 1, width do
  entry[2 * field - 1] = ARGV[7 + field]
end
for position = first_value, #ARGV, width do
  for field = 1, width do
    entry[2 * field] = ARGV[position + field - 1]
  end
  last = redis.call('XADD', stream, '*', unpack(entry))
  if rows == 0 then
    first = last
  end
  rows = rows + 1
  if rows >= window_rows then
    close('full')
  end
end

if close_number == number and rows > 0 then
  close(close_reason)
end
local appended = (#ARGV - first_value + 1) / width
if appended > 0 then
  redis.call('HINCRBY', ledger, 'accepted', appended)
  redis.call('HINCRBY', ledger, 'appended', appended)
end
redis.call('HSET', open, 'number', number, 'start', start, 'first', first, 'last', last, 'rows', rows)
return reply
