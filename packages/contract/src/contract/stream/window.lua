#!lua
-- What append.lua and close.lua share: this text stands before each of them.
--
-- Redis refuses a script that begins with #!lua as a whole where it is out of memory or may not write; so no script
-- ends in the middle for that reason.

-- How long each period is, and when one of them began, in milliseconds. A week begins on Monday; the epoch was a Thursday.
local HOUR = 3600000
local PERIODS = {['1h'] = {HOUR, 0}, ['1d'] = {24 * HOUR, 0}, ['1w'] = {7 * 24 * HOUR, 4 * 24 * HOUR}}

-- A window without a period has the period ''.
local function read_window(open)
  local state = redis.call('HMGET', open, 'number', 'start', 'first', 'last', 'rows', 'period')
  return {
    number = tonumber(state[1] or '1'), start = state[2] or '0-0',
    first = state[3] or '', last = state[4] or '0-0', rows = tonumber(state[5] or '0'), period = state[6] or '',
  }
end

local function write_window(open, window)
  redis.call('HSET', open, 'number', window.number, 'start', window.start, 'first', window.first,
    'last', window.last, 'rows', window.rows, 'period', window.period)
end

local function milliseconds(id)
  return tonumber(string.match(id, '^%d+'))
end

-- Whether the window holds a record, and the period of its first one is over at that time, in milliseconds.
local function is_over(window, time)
  if window.rows == 0 or window.period == '' then
    return false
  end
  local length, began = unpack(PERIODS[window.period])
  return math.floor((time - began) / length) > math.floor((milliseconds(window.first) - began) / length)
end

-- Turns the open window into a closed one, which is pending, and gives its id; the next one is empty.
local function close(window, reason, prefix, pending, ledger)
  local id = prefix .. '-' .. window.last
  redis.call('HINCRBY', ledger, 'closed', window.rows)
  local closed = {
    id = id, number = window.number, start = window.start, first = window.first, last = window.last,
    rows = window.rows, reason = reason,
  }
  if window.period ~= '' then
    closed.period = window.period
  end
  redis.call('HSET', pending, id, cjson.encode(closed))
  window.number, window.start, window.first, window.rows = window.number + 1, window.last, '', 0
  return id
end
