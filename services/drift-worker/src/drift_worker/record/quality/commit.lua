#!lua
-- Commits one quality evaluation with its decision event, if the one before it is still the newest.
-- An action after none opens an incident; what can't be decided changes nothing of that.
--
-- KEYS  quality evaluations, their order, decisions, tally, incidents
-- ARGV  id, number, evaluation, decision event, decision, id of the evaluation before it ('' if none),
--       how many decisions are kept
-- Returns 1 if committed, else 0.
--
-- As in commit.lua of windows, each command is first called in a way that changes nothing, and XADD goes first.

local evaluations, order, decisions, tally, incidents = unpack(KEYS)
local id, number, evaluation, event, decision, before, max_decisions = unpack(ARGV)

if (redis.call('ZRANGE', order, 0, 0, 'REV')[1] or '') ~= before then
  return 0
end

redis.call('HDEL', evaluations, '')
redis.call('ZADD', order, 'XX', number, '')
redis.call('HINCRBY', tally, 'quality:' .. decision, 0)
redis.call('HDEL', tally, '')
local now = redis.call('TIME')[1]

local acts, stood = decision == 'RETRAINING_TRIGGERED', redis.call('HGET', tally, 'quality_stands') == '1'
redis.call('XADD', decisions, 'MAXLEN', '~', max_decisions, '*', 'quality_id', id, 'evaluation', event)
if acts and not stood then
  redis.call('XADD', incidents, 'MAXLEN', '~', max_decisions, '*', 'quality_id', id, 'evaluation', event)
  redis.call('HINCRBY', tally, 'quality_incidents', 1)
end
redis.call('HSET', evaluations, id, evaluation)
redis.call('ZADD', order, number, id)
redis.call('HINCRBY', tally, 'quality:' .. decision, 1)
redis.call('HSET', tally, 'quality_decided_at:' .. decision, now)
if decision ~= 'INSUFFICIENT_DATA' then
  redis.call('HSET', tally, 'quality_stands', acts and '1' or '0')
end
return 1
