# Installs Debian packages that are missing; sourced by run, check and demo.
#
#   need_packages libsqlite3-dev unbound …
#
# Installs them as root, or with a sudo that asks for no password. Otherwise it names them, says the command
# to type, and stops.

# The packages that a build links with.
BUILD_PACKAGES=(libpq-dev libsqlite3-dev libunbound-dev zlib1g-dev)

need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            echo "These Debian packages are missing: ${missing[*]}" >&2
            echo "Install them, then run this again:" >&2
            echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 69
        fi
    fi

    echo "Installing Debian packages: ${missing[*]}"
    # Servers that tests bring up themselves must not start on the machine: packages ask this file before they start one.
    local policy=/usr/sbin/policy-rc.d made_policy=
    if [ ! -e "$policy" ]; then
        made_policy=yes
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}") status=0
    if ! "${install[@]}" >/dev/null 2>&1; then
        "${as_root[@]}" apt-get update --quiet=2
        "${install[@]}" >/dev/null || status=$?
    fi
    [ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
    return $status
}
