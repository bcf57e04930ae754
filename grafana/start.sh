#!/bin/sh
# Starts Grafana. A dashboard's JSON can't read the environment, so REPORTS_URL is put into copies of the dashboards.
set -eu

if [ -z "$PASSWORD_IS_SET" ]; then
  echo "grafana: GRAFANA_PASSWORD is not set, so admin's default is used. It is good for this machine only"
fi
case $REPORTS_URL in
  *[!A-Za-z0-9:/._~%\[\]-]*)
    echo "REPORTS_URL must be an address such as https://example.org/ml/reports" >&2
    exit 1 ;;
esac

mkdir -p "$DASHBOARDS"
for file in "$(dirname "$0")"/dashboards/*.json; do
  sed "s|http://localhost:8001|${REPORTS_URL%/}|g" "$file" > "$DASHBOARDS/${file##*/}"
done

exec "$@"
