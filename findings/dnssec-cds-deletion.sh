#!/usr/bin/env bash
# dnssec-cds turns the request to remove a DS record into another DS record.
#
# Program:   dnssec-cds of Debian's bind9-utils 1:9.18.49-1~deb12u3.
# Input:     a child zone that asks its parent to remove the DS: CDS `0 0 0 00` and CDNSKEY `0 3 0 AA==`, both signed by the
#            key that the parent's DS names. RFC 8078 section 4 defines exactly these two records.
# Expected:  the parent's DS set becomes empty, or the program refuses and leaves the set as it is.
# Observed:  the exit code is 0, and the DS set is replaced. The program hashes the CDNSKEY record of the request as if it were
#            a key:
#                delegates.test. IN DS 768 0 2 3E7C79D7…
#            With the CDS record alone the exit code is 1: “CDS records at delegates.test do not match any -a digest types”.
# Why:       an ACME delegate server signs its zones by itself, and asks for the removal of the DS before it stops signing. It
#            must keep signing until the DS has gone. A server that waits for “no DS at all” waits for ever at such a parent;
#            a server that looks for its own DS only does not notice what was left behind.
#
# Exit code: 0 as described, 1 the program behaves differently, 77 the packages could not be installed.
set -euo pipefail
export LC_ALL=C

packages=(
    bind9-utils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 libfstrm0=0.6.1-1 libjemalloc2=5.3.0-1 liblmdb0=0.9.24-1
    libmaxminddb0=1.7.1-1 libprotobuf-c1=1.4.1-1+b1 libuv1=1.44.2-1+deb12u1
)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

not_run() { # REASON
    echo "NOT RUN: $1" >&2
    exit 77
}

changed() { # WHAT
    echo "CHANGED: $1" >&2
    exit 1
}

timeout 120 apt-get -o APT::Sandbox::User=root download "${packages[@]}" >download.log 2>&1 || {
    cat download.log >&2
    not_run "Debian 12 no longer has one of these versions: ${packages[*]}"
}
for package in *.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu)
PATH=$folder/root/usr/bin:$PATH
timeout 10 dnssec-cds -V >version.log 2>&1 || not_run "dnssec-cds does not start: $(cat version.log)"

key=$(timeout 10 dnssec-keygen -q -a ECDSAP256SHA256 -f KSK delegates.test)
dnssec-dsfromkey -2 "$key.key" >parent.ds
digest=$(awk '{ print $NF }' parent.ds)

# Writes the child's signed zone; the record lines are those that speak to the parent.
sign() { # OUTPUT RECORD…
    local output=$1
    shift
    {
        printf '%s\n' '$TTL 60' '@ SOA ns hostmaster 1 60 60 600 60' '@ NS ns' 'ns A 127.0.0.1' "\$INCLUDE $key.key"
        printf '@ %s\n' "$@"
    } >zone
    mkdir -p ignored
    timeout 10 dnssec-signzone -z -d ignored -o delegates.test -f "$output" zone >sign.log 2>&1 || {
        cat sign.log >&2
        not_run "the zone for the test could not be signed"
    }
}

# Runs the parent's step. The parent's file is older than the signatures, which dnssec-cds demands against replays.
parent() { # CHILD
    cp parent.ds dsset-delegates.test.
    touch -d '3 hours ago' dsset-delegates.test.
    status=0
    timeout 10 dnssec-cds -i -d . -f "$1" delegates.test >parent.log 2>&1 || status=$?
}

read -r _ _ _ tag algorithm type _ <parent.ds
sign steady "CDS $tag $algorithm $type $digest"
parent steady
[ "$status" -eq 0 ] && grep -q "$digest" dsset-delegates.test. ||
    changed "an ordinary CDS record is not accepted (exit code $status): $(cat parent.log)"
echo "ordinary CDS:            exit code 0, the DS stays: $(cut -c1-52 dsset-delegates.test.)…"

sign both 'CDS 0 0 0 00' 'CDNSKEY 0 3 0 AA=='
parent both
result=$(cat dsset-delegates.test.)
[ "$status" -eq 0 ] && grep -q ' DS 768 0 2 ' dsset-delegates.test. && [ "$(wc -l <dsset-delegates.test.)" -eq 1 ] ||
    changed "the deletion request gave exit code $status, “$(cat parent.log)” and the DS set “$result”"
echo "CDS and CDNSKEY, delete: exit code 0, the DS becomes:  ${result:0:52}…"

sign alone 'CDS 0 0 0 00'
parent alone
result=$(cat dsset-delegates.test.)
[ "$status" -eq 1 ] && grep -q 'do not match any -a digest types' parent.log && grep -q "$digest" dsset-delegates.test. ||
    changed "the CDS record alone gave exit code $status, “$(cat parent.log)” and the DS set “$result”"
echo "CDS alone, delete:       exit code 1, the DS stays: $(cat parent.log)"
