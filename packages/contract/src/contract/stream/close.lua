-- Closes the open window, unless it is another one by now, holds no record, or is to be closed because its period is over
-- and that is not so.
--
-- KEYS  open window, pending windows, ledger
-- ARGV  number of the window, reason, prefix of window ids
-- Returns the id of the closed window, or false.
--
-- A script that fails is not rolled back. So it first writes the window as it is: a user who may not do that, or may
-- not count, is refused before anything has changed.

local open, pending, ledger = KEYS[1], KEYS[2], KEYS[3]
local number, reason, prefix = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local window = read_window(open)
if window.number ~= number or window.rows == 0 then
  return false
end
if reason == 'period' and not is_over(window, 1000 * redis.call('TIME')[1]) then
  return false
end
write_window(open, window)
local id = close(window, reason, prefix, pending, ledger)
write_window(open, window)
return id
