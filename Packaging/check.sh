#!/usr/bin/env bash
# Checks the alert rules, their tests, and the metrics of a running server, with promtool.
#
#   Packaging/check.sh .build/debug/nuncio
set -euo pipefail
nuncio=$(realpath "$1")
cd "$(dirname "$0")"
source ../Scripts/packages.sh
need_packages prometheus curl

promtool check rules prometheus/alerts.yml
promtool test rules prometheus/alerts.test.yml
python3 -m json.tool grafana/nuncio.json >/dev/null

folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
cat >"$folder/nuncio.yaml" <<'YAML'
zones: ["delegates.example.net"]
nameservers: ["ns1.example.net"]
contact: "hostmaster@example.net"
nameserver:
  listen: ["127.0.0.1:0"]
webserver:
  listen: ["127.0.0.1:0"]
metrics:
  listen: ["127.0.0.1:0"]
registration:
  mode: "open"
YAML
(cd "$folder" && exec "$nuncio" serve --config nuncio.yaml 2>log) &
server=$!
for _ in $(seq 150); do
    grep -q '] ready$' "$folder/log" && break
    sleep 0.1
done
address() { sed -n "s/.*$1\.addresses=\([0-9.:]*\).*/\1/p" "$folder/log"; }
curl --silent --show-error --fail --max-time 10 --request POST "http://$(address http)/register" >/dev/null
curl --silent --show-error --fail --max-time 10 "http://$(address metrics)/metrics" >"$folder/metrics"
promtool check metrics <"$folder/metrics"
echo "$(grep -c '^# TYPE' "$folder/metrics") metrics are as Prometheus wants them."
