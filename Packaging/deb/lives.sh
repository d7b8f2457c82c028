#!/usr/bin/env bash
# The lives of a package in a small Debian: installed, upgraded, downgraded, removed, installed again, purged. Packaging/deb/check.sh calls
# it in namespaces of its own, which end with all that runs in them.
#
#   Packaging/deb/lives.sh ROOT-FOLDER [FOLDER-WITH-LIBRARIES]
#
# What stands in for systemd: this script makes the state folder (StateDirectory=), starts the server as its user, and restarts it after an
# upgrade, where the package's scripts would ask systemd for it.
set -euo pipefail
root=$1
libraries=${2-}
state=$root/var/lib/nuncio
server=
publisher=

ip link set lo up
: >"$root/tmp/acknowledged"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
if [ -n "$libraries" ]; then
    mkdir "$root/swift"
    mount --bind "$libraries" "$root/swift"
fi

# Becomes a program inside.
enter() {
    exec chroot "$root" /usr/bin/env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive LD_LIBRARY_PATH="${libraries:+/swift}" "$@"
}

inside() { (enter "$@"); }

fail() {
    echo "FAILED: $*" >&2
    [ ! -e "$root/tmp/log" ] || tail -20 "$root/tmp/log" >&2
    exit 1
}

await() { # WHAT COMMAND…
    local what=$1
    shift
    for _ in $(seq 600); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "not within a minute: $what"
}

is_ready() { grep -q '] ready$' "$root/tmp/log"; }

start() {
    : >"$root/tmp/log"
    chmod 666 "$root/tmp/log"
    enter setpriv --reuid nuncio --regid nuncio --init-groups \
        sh -c 'cd /var/lib/nuncio && exec /usr/bin/nuncio serve --config /etc/nuncio/nuncio.yaml 2>>/tmp/log' &
    server=$!
    await "the server is ready" is_ready
}

stop() {
    kill -TERM "$server"
    wait "$server" || fail "the server ended with $?"
    server=
}

texts() { dig @127.0.0.1 -p 5353 +short +tcp TXT "$delegate"; }

# Publishes value after value, and notes each that was acknowledged.
publish() {
    local number=0 value
    while [ ! -e "$root/tmp/enough" ]; do
        value=$(printf '%043d' $((number + 1)))
        if curl --silent --fail --max-time 10 --output /dev/null --header "X-Api-User: $user" --header "X-Api-Key: $key" \
            --data "{\"subdomain\":\"$subdomain\",\"txt\":\"$value\"}" http://127.0.0.1:8080/update; then
            number=$((number + 1))
            echo "$value" >>"$root/tmp/acknowledged"
        fi
    done
}

acknowledged() { wc -l <"$root/tmp/acknowledged"; }
more_than() { [ "$(acknowledged)" -gt "$1" ]; }

# The last 30 values that were acknowledged are served; at most 64 are.
check_values() {
    local served value
    served=$(texts)
    for value in $(tail -30 "$root/tmp/acknowledged"); do
        grep -q "\"$value\"" <<<"$served" || fail "$value was acknowledged and is not served $1"
    done
    echo "$(acknowledged) updates were acknowledged; the last of them are served $1."
}

# Another version is installed while clients publish, and the server restarted, as the package asks systemd to do.
change_version() { # PACKAGE WHEN
    local before
    before=$(acknowledged)
    rm -f "$root/tmp/enough"
    publish &
    publisher=$!
    await "updates are acknowledged" more_than $((before + 30))
    inside dpkg --install "/$1" >"$root/tmp/dpkg" 2>&1 || fail "$(cat "$root/tmp/dpkg")"
    kill -0 "$server" 2>/dev/null || fail "the server did not live through dpkg $2"
    before=$(acknowledged)
    await "updates are acknowledged by the old program $2" more_than $((before + 10))
    stop
    start
    before=$(acknowledged)
    await "updates are acknowledged by the new program $2" more_than $((before + 10))
    touch "$root/tmp/enough"
    wait "$publisher"
    check_values "$2"
}

inside dpkg --install /nuncio_0.0.1-1_amd64.deb >"$root/tmp/dpkg" 2>&1 || fail "$(cat "$root/tmp/dpkg")"
! grep -qs '^nuncio$' "$root"/proc/[0-9]*/comm || fail "the installation has started a server that nobody has configured"
[ ! -e "$root/etc/nuncio/nuncio.yaml" ] && [ -e "$root/etc/nuncio/nuncio.yaml.example" ] || fail "not the example alone is there"
inside getent passwd nuncio | grep -q ':/var/lib/nuncio:/usr/sbin/nologin$' || fail "the user is not as it should be"
inside nuncio --version >/dev/null || fail "the program does not run"
inside nuncio config check --config /etc/nuncio/nuncio.yaml.example >/dev/null || fail "the example of a configuration is wrong"
for file in man/man1/nuncio-serve.1.gz bash-completion/completions/nuncio zsh/vendor-completions/_nuncio \
    fish/vendor_completions.d/nuncio.fish doc/nuncio/copyright doc/nuncio/changelog.Debian.gz; do
    # The small Debian leaves out what its dpkg is told to leave out.
    grep -q "^/usr/share/$file$" <<<"$(inside dpkg --listfiles nuncio)" || fail "/usr/share/$file is not in the package"
done
bash -n "$root/usr/share/bash-completion/completions/nuncio" || fail "bash cannot read its completions"
# With systemd, the unit would be enabled already: docs/deployment.md and “nuncio setup” say “start” alone.
[ -L "$root/etc/systemd/system/multi-user.target.wants/nuncio.service" ] || fail "the installation has not enabled the unit"
! inside dpkg --simulate --remove ca-certificates >"$root/tmp/dpkg" 2>&1 && grep -q "nuncio depends on ca-certificates" "$root/tmp/dpkg" ||
    fail "the roots of certificate authorities can be removed: $(cat "$root/tmp/dpkg")"
echo "Installed: the program runs, and no server does."

sed -e 's/192\.0\.2\.53:53"/127.0.0.1:5353"/' -e 's/"closed"/"open"/' -e 's/A 192\.0\.2\.53/A 127.0.0.1/' \
    "$root/etc/nuncio/nuncio.yaml.example" >"$root/etc/nuncio/nuncio.yaml"
printf 'dnssec:\n  resolvers: []\nlimits:\n  updates-per-hour: 0\n' >>"$root/etc/nuncio/nuncio.yaml"
inside install --directory --owner=nuncio --group=nuncio --mode=700 /var/lib/nuncio
start
credential=$(curl --silent --fail --request POST http://127.0.0.1:8080/register)
field() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$credential" "$1"; }
user=$(field username) key=$(field password) subdomain=$(field subdomain) delegate=$(field fulldomain)

change_version nuncio_0.0.2-1_amd64.deb "after an upgrade"
grep -q "another comment" "$root/etc/nuncio/nuncio.yaml.example" || fail "the example was not upgraded"
change_version nuncio_0.0.1-1_amd64.deb "after a downgrade"

signers=$(inside nuncio dnssec ds --config /etc/nuncio/nuncio.yaml)
stop
inside dpkg --remove nuncio >"$root/tmp/dpkg" 2>&1 || fail "$(cat "$root/tmp/dpkg")"
[ ! -e "$root/usr/bin/nuncio" ] || fail "the program is there after the removal"
[ -e "$state/nuncio.db" ] && [ -d "$state/nuncio.db.keys" ] && [ -e "$root/etc/nuncio/nuncio.yaml" ] ||
    fail "the removal has taken the storage, the keys or the configuration"
inside dpkg --install /nuncio_0.0.2-1_amd64.deb >"$root/tmp/dpkg" 2>&1 || fail "$(cat "$root/tmp/dpkg")"
start
check_values "after a removal and another installation"
[ "$(inside nuncio dnssec ds --config /etc/nuncio/nuncio.yaml)" = "$signers" ] || fail "the zone has other keys after the removal"
stop

inside dpkg --purge nuncio >"$root/tmp/dpkg" 2>&1 || fail "$(cat "$root/tmp/dpkg")"
[ ! -e "$state" ] && [ ! -e "$root/etc/nuncio" ] || fail "the purge has left files"
echo "Removed: data, keys and configuration stayed. Purged: they are gone."
