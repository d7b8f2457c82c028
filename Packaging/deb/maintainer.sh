#!/usr/bin/env bash
# Says whose package is made, as “Jane Doe <jane@example.net>”: DEBFULLNAME and DEBEMAIL, or else git's user.name and user.email.
set -euo pipefail
cd "$(dirname "$0")"
name=${DEBFULLNAME:-$(git config user.name || true)}
mail=${DEBEMAIL:-$(git config user.email || true)}
[ -n "$name" ] && [ -n "$mail" ] || {
    echo "A package names its maintainer: set DEBFULLNAME and DEBEMAIL, or git's user.name and user.email." >&2
    exit 64
}
echo "$name <$mail>"
