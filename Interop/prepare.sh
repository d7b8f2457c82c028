#!/usr/bin/env bash
# Installs what the lab needs: servers and clients from Debian, and from PyPI what requirements.txt beside this file lists, into
# .lab/venv. Prints nothing and takes a fraction of a second when all of it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source Scripts/packages.sh
need_packages bind9-dnsutils curl dehydrated lego openssl pebble python3 python3-venv unbound

requirements=Interop/requirements.txt
environment=$PWD/.lab/venv
# The stamp is written last, so an interrupted installation has none. It names the folder because the
# scripts of a virtual environment contain their own path and break when the checkout is moved.
stamp=$environment/.complete
wanted="$(cat "$requirements")
in $environment"

is_complete() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && "$environment/bin/python" --version >/dev/null 2>&1
}

mkdir -p .lab
exec 9>.lab/venv.lock
flock --timeout 300 9 # two runs in one checkout must not both install
if ! is_complete; then
    echo "Installing the packages of $requirements from PyPI into .lab/venv"
    rm -rf "$environment"
    python3 -m venv "$environment"
    # Debian's pip would build the plugin the old way, with a warning for every package.
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --use-pep517 \
        --requirement "$requirements"
    echo "$wanted" >"$stamp"
fi
