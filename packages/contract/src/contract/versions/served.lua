#!lua
-- Marks a model version as served now.
--
-- KEYS  the mark
-- ARGV  for how many milliseconds the caller has served the version, after how many milliseconds a mark is stale, whether the
--       caller answers by it (1), or only scores what another version answers (0)
--
-- The version is served since the first of those that serve it now began. A mark that is stale says nothing of that: nobody
-- served the version meanwhile, or Redis was away, and then each caller knows since when it serves.

local served_ms, stale_ms = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = 1000 * time[1] + math.floor(time[2] / 1000)
local since = now - served_ms
local known = redis.call('HMGET', KEYS[1], 'since', 'last')
if known[1] and known[2] and now - tonumber(known[2]) <= stale_ms then
  since = math.min(since, tonumber(known[1]))
end
redis.call('HSET', KEYS[1], 'since', string.format('%.0f', since), 'last', string.format('%.0f', now))
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'answered', 1) end
