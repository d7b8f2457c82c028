#!/usr/bin/env bash
# await-value.sh NAME VALUE: returns when the resolver at $RESOLVER (ADDRESS#PORT) answers with the value.
#
# The resolver may remember for a few seconds that there was no value, and an ACME server that asks it then fails.
set -euo pipefail
name=$1 value=$2

deadline=$((SECONDS + 150))
until dig "@${RESOLVER%#*}" -p "${RESOLVER#*#}" "$name" TXT +short +timeout=2 +tries=1 |
    grep --quiet --fixed-strings --line-regexp "\"$value\""; do
    if [ $SECONDS -ge $deadline ]; then
        echo "$name still has no TXT record with the value that was published" >&2
        exit 1
    fi
    sleep 0.3
done
