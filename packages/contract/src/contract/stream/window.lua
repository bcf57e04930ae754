#!lua
-- What append.lua and close.lua share: this text stands before each of them.
--
-- Redis refuses a script that begins with #!lua as a whole where it is out of memory or may not write; so no script
-- ends in the middle for that reason.

local function read_window(open)
  local state = redis.call('HMGET', open, 'number', 'start', 'first', 'last', 'rows')
  return {
    number = tonumber(state[1] or '1'), start = state[2] or '0-0',
    first = state[3] or '', last = state[4] or '0-0', rows = tonumber(state[5] or '0'),
  }
end

local function write_window(open, window)
  redis.call('HSET', open, 'number', window.number, 'start', window.start, 'first', window.first,
    'last', window.last, 'rows', window.rows)
end

-- Turns the open window into a closed one, which is pending, and gives its id; the next one is empty.
local function close(window, reason, prefix, pending, ledger)
  local id = prefix .. '-' .. window.last
  redis.call('HINCRBY', ledger, 'closed', window.rows)
  redis.call('HSET', pending, id, cjson.encode({
    id = id, number = window.number, start = window.start, first = window.first, last = window.last,
    rows = window.rows, reason = reason,
  }))
  window.number, window.start, window.first, window.rows = window.number + 1, window.last, '', 0
  return id
end
