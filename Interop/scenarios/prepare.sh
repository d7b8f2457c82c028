#!/usr/bin/env bash
# Installs what the scenarios need: dnspython in .lab/venv, and NSD, Knot DNS, BIND and openssl from Debian. Prints nothing
# and takes a fraction of a second when all of it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

Interop/prepare.sh
source Scripts/packages.sh
need_packages bind9 knot nsd openssl
