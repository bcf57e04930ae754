#!/bin/sh
# Starts Redis with its password. The password comes by standard input, because every process can read arguments.
set -eu

case $REDISCLI_AUTH in
  *[!A-Za-z0-9._~-]*)
    echo "REDIS_PASSWORD may hold letters, digits and . _ ~ - only: it becomes a part of REDIS_URL" >&2
    exit 1 ;;
esac
if [ -z "$PASSWORD_IS_SET" ]; then
  echo "redis: REDIS_PASSWORD is not set, so the default is used. It is good for this machine only: set your own before anyone else can reach it"
fi

exec redis-server - <<CONFIG
include /etc/driftline/redis.conf
maxmemory $MAXMEMORY
requirepass $REDISCLI_AUTH
CONFIG
