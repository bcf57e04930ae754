#!lua
-- Commits one evaluation with its dead letters, ledger counts and decision event, unless the window has one already.
-- An action with a cause that neither neighbour has opens an incident.
--
-- KEYS  pending windows, evaluations, evaluated (by number), decisions, dead letters, ledger, tally, attempts,
--       incidents
-- ARGV  window id, window number, evaluation, decision event, status, decision ('' if none),
--       1 to replace an evaluation that failed, how many decisions and how many dead letters are kept,
--       how many ledger counts, then name and records of each;
--       then of each dead letter: stream id, reason, fields
-- Returns 1 if committed, 0 if the window is not pending (or, to be replaced, has no evaluation that failed).
--
-- Redis refuses a script that begins with #!lua as a whole where it is out of memory. A script that fails for another
-- reason is not rolled back. So each command that changes something is first called in a way that changes nothing:
-- a user who may not call it is refused before anything is committed. XADD can't be tried like that; it goes first.

local pending, evaluations, evaluated, decisions, dead_letters, ledger, tally, attempts, incidents = unpack(KEYS)
local window_id, number, evaluation, event = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local status, decision, replace = ARGV[5], ARGV[6], ARGV[7] == '1'
local max_decisions, max_letters, counts = ARGV[8], ARGV[9], tonumber(ARGV[10])
local letters = 11 + 2 * counts

local place = replace and evaluations or pending
local found = redis.call('HGET', place, window_id)
if not found then
  return 0
end
local rows_before = 0
if replace then
  local old = cjson.decode(found)
  if old.status ~= 'failed' then
    return 0
  end
  rows_before = old.rows
end

-- The nearest window that was judged, among those that `ids` lists by their distance.
local function judged_beside(ids)
  for _, id in ipairs(ids) do
    local text = redis.call('HGET', evaluations, id)
    local beside = text and cjson.decode(text)
    if beside and beside.status == 'evaluated' and beside.decision ~= 'INSUFFICIENT_DATA' then
      return {id = id, text = text, decision = beside.decision, causes = beside.causes or {}}
    end
  end
  return {causes = {}}
end

local function has(list, value)
  for _, each in ipairs(list) do
    if each == value then
      return true
    end
  end
  return false
end

-- A cause that neither neighbour has opens an incident. Windows come in any order: one that was committed before this
-- one may have been taken for the same incident as the window before this one, and is not, if this one is without it.
local opens, next_opens = false, false
local after
if decision ~= '' and decision ~= 'INSUFFICIENT_DATA' then
  local causes = cjson.decode(evaluation).causes or {}
  after = judged_beside(redis.call('ZRANGE', evaluated, '(' .. number, '+inf', 'BYSCORE', 'LIMIT', 0, 1000))
  local before = {causes = {}}
  if causes[1] or after.causes[1] then
    before = judged_beside(redis.call('ZRANGE', evaluated, '(' .. number, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1000))
  end
  for _, cause in ipairs(causes) do
    opens = opens or not (has(before.causes, cause) or has(after.causes, cause))
  end
  for _, cause in ipairs(after.causes) do
    next_opens = next_opens or (has(before.causes, cause) and not has(causes, cause))
  end
end

redis.call('HSET', place, window_id, found)
redis.call('HDEL', attempts, '')
redis.call('ZADD', evaluated, 'XX', number, '')
redis.call('HINCRBY', ledger, 'failed', 0)
local now = redis.call('TIME')[1]

for position = letters, #ARGV, 3 do
  redis.call('XADD', dead_letters, 'MAXLEN', '~', max_letters, '*', 'window_id', window_id,
    'stream_id', ARGV[position], 'reason', ARGV[position + 1], 'fields', ARGV[position + 2])
end
redis.call('XADD', decisions, 'MAXLEN', '~', max_decisions, '*', 'window_id', window_id, 'evaluation', event)

if opens then
  redis.call('XADD', incidents, 'MAXLEN', '~', max_decisions, '*', 'window_id', window_id, 'evaluation', event)
end
if next_opens then
  redis.call('XADD', incidents, 'MAXLEN', '~', max_decisions, '*', 'window_id', after.id, 'evaluation', after.text)
end

redis.call('HSET', evaluations, window_id, evaluation)
redis.call('ZADD', evaluated, number, window_id)
if replace then
  redis.call('HINCRBY', ledger, 'failed', -rows_before)
end
for position = 11, letters - 1, 2 do
  redis.call('HINCRBY', ledger, ARGV[position], ARGV[position + 1])
end
redis.call('HINCRBY', tally, 'windows:' .. status, 1)
if decision ~= '' then
  redis.call('HINCRBY', tally, 'decisions:' .. decision, 1)
  redis.call('HSET', tally, 'decided_at:' .. decision, now)
  if opens then
    redis.call('HINCRBY', tally, 'incidents:' .. decision, 1)
  end
  if next_opens then
    redis.call('HINCRBY', tally, 'incidents:' .. after.decision, 1)
  end
end
redis.call('HDEL', attempts, window_id .. ':begun', window_id .. ':failed', window_id .. ':lacks')
redis.call('HDEL', pending, window_id)
return 1
