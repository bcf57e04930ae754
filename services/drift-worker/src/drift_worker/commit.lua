-- Commits one evaluation with its dead letters, ledger counts and decision event, unless the window has one already.
--
-- KEYS  pending windows, evaluations, evaluated (by number), decisions, dead letters, ledger, tally, attempts
-- ARGV  window id, window number, evaluation, decision event, status, decision ('' if none),
--       1 to replace an evaluation that failed, how many dead letters and decisions are kept,
--       how many ledger counts, then name and records of each;
--       then of each dead letter: stream id, reason, fields
-- A script that fails is not rolled back: what can fail is tried first, and the window is pending until the end.
-- Returns 1 if committed, 0 if the window is not pending (or, to be replaced, has no evaluation that failed).

local pending, evaluations, evaluated, decisions, dead_letters, ledger, tally, attempts = unpack(KEYS)
local window_id, number, evaluation, event = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local status, decision, replace = ARGV[5], ARGV[6], ARGV[7] == '1'
local max_letters, max_decisions, counts = ARGV[8], ARGV[9], tonumber(ARGV[10])
local first_count, first_letter = 11, 11 + 2 * counts

local failed
if replace then
  local old = redis.call('HGET', evaluations, window_id)
  failed = old and cjson.decode(old)
  if not failed or failed.status ~= 'failed' then
    return 0
  end
elseif redis.call('HEXISTS', pending, window_id) == 0 then
  return 0
end

redis.call('HINCRBY', ledger, 'failed', 0)
for position = first_count, first_letter - 1, 2 do
  redis.call('HINCRBY', ledger, ARGV[position], 0)
end
redis.call('HINCRBY', tally, 'windows:' .. status, 0)
redis.call('HDEL', attempts, window_id .. ':begun', window_id .. ':failed')
redis.call('ZADD', evaluated, number, window_id)
redis.call('HGET', evaluations, window_id)
for position = first_letter, #ARGV, 3 do
  redis.call('XADD', dead_letters, 'MAXLEN', '~', max_letters, '*', 'window_id', window_id,
    'stream_id', ARGV[position], 'reason', ARGV[position + 1], 'fields', ARGV[position + 2])
end
redis.call('XADD', decisions, 'MAXLEN', '~', max_decisions, '*', 'window_id', window_id, 'evaluation', event)

redis.call('HSET', evaluations, window_id, evaluation)
redis.call('HDEL', pending, window_id)
if failed then
  redis.call('HINCRBY', ledger, 'failed', -failed.rows)
end
for position = first_count, first_letter - 1, 2 do
  redis.call('HINCRBY', ledger, ARGV[position], ARGV[position + 1])
end
redis.call('HINCRBY', tally, 'windows:' .. status, 1)
if decision ~= '' then
  redis.call('HINCRBY', tally, 'decisions:' .. decision, 1)
  redis.call('HSET', tally, 'decided_at:' .. decision, redis.call('TIME')[1])
end
return 1
