#!/bin/sh
# Starts Redis with its passwords. They come by standard input, because every process can read arguments.
set -eu

if printf %s "$REDISCLI_AUTH" | grep -q '[[:cntrl:]]' || [ "$(printf %s "$REDISCLI_AUTH" | wc -l)" -gt 0 ]; then
  echo "REDIS_PASSWORD must not hold line ends, tabs or other control characters" >&2
  exit 1
fi
case $FEATURES_PASSWORD in
  *[!A-Za-z0-9._~-]*)
    echo "FEATURES_PASSWORD may hold letters, digits and . _ ~ - only: it becomes a part of an address" >&2
    exit 1 ;;
esac

if [ -z "$PASSWORD_IS_SET" ]; then
  echo "redis: REDIS_PASSWORD is not set, so the default is used. It is good for this machine only: set your own before anyone else can reach it"
  FEATURES_PASSWORD=${FEATURES_PASSWORD:-driftline}
fi

# The feature server's user. Where a password of your own guards Redis, nobody comes in by a default one.
features=
if [ -n "$FEATURES_PASSWORD" ]; then
  features=$(sed -n "s/^\(user features on >\)[^ ]*/\1$FEATURES_PASSWORD/p" /etc/driftline/users.example.acl)
fi

quoted=$(printf %s "$REDISCLI_AUTH" | sed 's/[\\"]/\\&/g')

exec redis-server - <<CONFIG
include /etc/driftline/redis.conf
maxmemory $MAXMEMORY
requirepass "$quoted"
$features
CONFIG
