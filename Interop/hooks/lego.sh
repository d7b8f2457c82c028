#!/usr/bin/env bash
# Program for lego's `exec` provider: lego.sh present|cleanup FQDN VALUE, where FQDN is the CNAME's target.
#
# CREDENTIAL  a file as printed by `nuncio register`
# RESOLVER    ADDRESS#PORT of a resolver that must see the value
set -euo pipefail

# There is nothing to clean up: values expire.
[ "$1" = present ] || exit 0
name=$2 value=$3

nuncio publish "$value" --credentials "$CREDENTIAL"
"$(dirname "${BASH_SOURCE[0]}")/await-value.sh" "$name" "$value"
