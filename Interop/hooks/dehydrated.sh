#!/usr/bin/env bash
# Hook of dehydrated: publishes a challenge value with curl, as a hook without any acme-dns client would.
# `-d` sends it as application/x-www-form-urlencoded although it is JSON, as many hooks do.
#
# CREDENTIAL  a file as printed by `nuncio register --format env`
# RESOLVER    ADDRESS#PORT of a resolver that must see the value
set -euo pipefail

# dehydrated calls the hook on a dozen occasions, and wants success for those that the hook does not know.
[ "$1" = deploy_challenge ] || exit 0
domain=$2 value=$4

source "$CREDENTIAL"

# The key comes from a file, not from the command line, where `ps` would show it to everyone.
answer=$(curl --silent --show-error --fail --max-time 10 \
    --header @<(printf 'X-Api-User: %s\nX-Api-Key: %s\n' "$ACMEDNS_USERNAME" "$ACMEDNS_PASSWORD") \
    -d "{\"subdomain\": \"$ACMEDNS_SUBDOMAIN\", \"txt\": \"$value\"}" \
    "$ACMEDNS_BASE_URL/update")
grep --quiet --fixed-strings "\"$value\"" <<<"$answer"

"$(dirname "${BASH_SOURCE[0]}")/await-value.sh" "_acme-challenge.$domain" "$value"
