-- Commits one evaluation with its dead letters, ledger counts and decision event, unless the window has one already.
--
-- KEYS  pending windows, evaluations, evaluated (by number), decisions, dead letters, ledger, tally
-- ARGV  window id, window number, evaluation, decision event, status, decision ('' if none),
--       how many ledger counts, then name and records of each;
--       then of each dead letter: stream id, reason, fields
-- Returns 1 if committed, 0 if the window is not pending: it has an evaluation, or never was closed.

local pending, evaluations, evaluated, decisions, dead_letters, ledger, tally = unpack(KEYS)
local window_id, number, evaluation, event = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local status, decision = ARGV[5], ARGV[6]
local counts = tonumber(ARGV[7])

if redis.call('HDEL', pending, window_id) == 0 then
  return 0
end
redis.call('HSET', evaluations, window_id, evaluation)
redis.call('ZADD', evaluated, number, window_id)
redis.call('XADD', decisions, '*', 'window_id', window_id, 'evaluation', event)
redis.call('HINCRBY', tally, 'windows:' .. status, 1)
if decision ~= '' then
  redis.call('HINCRBY', tally, 'decisions:' .. decision, 1)
  redis.call('HSET', tally, 'decided_at:' .. decision, redis.call('TIME')[1])
end
for position = 8, 7 + 2 * counts, 2 do
  redis.call('HINCRBY', ledger, ARGV[position], ARGV[position + 1])
end
for position = 8 + 2 * counts, #ARGV, 3 do
  redis.call('XADD', dead_letters, '*', 'window_id', window_id,
    'stream_id', ARGV[position], 'reason', ARGV[position + 1], 'fields', ARGV[position + 2])
end
return 1
