#!/usr/bin/env bash
# Installs what the small internet needs: servers, resolvers and judges from Debian, and three judges from PyPI
# into .lab/internet-venv. Prints nothing and takes a fraction of a second when all of it is there.
#
#   prepare.sh [PACKAGE…]    further Debian packages, for what the command line asks for
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

source Scripts/packages.sh
need_packages bind9 bind9-dnsutils iproute2 knot-resolver ldnsutils nmap nsd pdns-recursor \
    python3 python3-cryptography python3-dnspython python3-pygraphviz python3-venv \
    unbound util-linux zonemaster-cli "$@"

# Debian's dnsviz is years old. The newest one runs with Debian's dnspython 2.3 and pygraphviz but crashes with
# dnspython 2.8, hence Debian's Python and its packages. dsboot asks for dnspython 2.6 and runs with 2.3: no
# dependency of these three is installed.
requirements=(dnsviz==0.11.2 compactdenial==0.0.5 dsboot==1.0.1)
environment=$PWD/.lab/internet-venv
stamp=$environment/.complete # written last; it names the folder, because scripts in it contain its path
wanted="${requirements[*]} in $environment"

mkdir -p .lab
exec 9>.lab/internet-venv.lock
flock --timeout 300 9 # two runs in one checkout must not both install
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$environment"
    /usr/bin/python3 -m venv --system-site-packages "$environment"
    missing=
    for requirement in "${requirements[@]}"; do
        echo "Installing $requirement from PyPI into .lab/internet-venv"
        if ! "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --use-pep517 --no-deps \
            --retries 2 --timeout 20 "$requirement"; then
            echo "$requirement could not be installed: the run goes on without that judge" >&2
            missing=yes
        fi
    done
    [ -n "$missing" ] || echo "$wanted" >"$stamp"
fi
