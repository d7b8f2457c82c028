#!/usr/bin/env bash
# lexicon reports success for a dynamic update that the server refused.
#
# Program:   lexicon, provider ddns, of dns-lexicon 3.25.2 from PyPI with dnspython 2.9.2.
# Input:     `lexicon ddns … create delegates.test TXT` with a valid key. The name server answers the UPDATE with a signed
#            response whose code is REFUSED, NOTIMP, NOTAUTH or SERVFAIL (RFC 2136 section 2.2).
# Expected:  a message that names the code, and an exit code other than 0. RFC 2136 defines the codes so that a client learns
#            whether the record was added.
# Observed:  the program prints the same table as after NOERROR, “True”, and ends with exit code 0. It does the same for
#            `delete`. Its source does not read the code of the response.
#            A response without a signature is an error: exit code 1, “response requires a TSIG but does not have one”.
# Why:       a server of ACME delegates that offers UPDATE refuses a key that belongs to another delegate, and signs the refusal
#            as it signs every response to a key that it knows. An ACME client that calls lexicon then goes on to the
#            validation, which fails without a TXT record. The client's side has no trace of the refusal.
#
# The program knows no port but 53. So this script runs it in a network namespace of its own, which has nothing but loopback.
#
# Exit code: 0 as described, 1 the program behaves differently, 77 the test could not be made here.
set -euo pipefail
export LC_ALL=C

not_run() { # REASON
    echo "NOT RUN: $1" >&2
    exit 77
}

changed() { # WHAT
    echo "CHANGED: $1" >&2
    exit 1
}

if [ "${1-}" != --inside ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    command -v ip >/dev/null || not_run "the command ip is missing (Debian: iproute2)"
    timeout 60 python3 -m venv "$folder/venv" >"$folder/log" 2>&1 ||
        not_run "python3 cannot make a virtual environment: $(tail -1 "$folder/log")"
    timeout 180 "$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
        dns-lexicon==3.25.2 dnspython==2.9.2 >"$folder/log" 2>&1 ||
        not_run "PyPI's packages could not be installed: $(tail -1 "$folder/log")"
    unshare --user --map-root-user --net --mount true 2>"$folder/log" ||
        not_run "no network namespace can be made: $(cat "$folder/log")"
    status=0
    timeout 120 unshare --user --map-root-user --net --mount "$0" --inside "$folder" || status=$?
    exit "$status"
fi

cd "$2"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT
ip link set lo up
echo "nameserver 127.0.0.1" >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
secret=$(head -c 32 /dev/urandom | base64)

cat >server.py <<'PYTHON'
"""A name server for delegates.test on 127.0.0.1: it answers its SOA by UDP, and each UPDATE by TCP with one response code.

Usage: CODE SECRET signed | unsigned
"""

import socket
import sys
import threading

import dns.message
import dns.opcode
import dns.flags
import dns.rcode
import dns.rrset
import dns.tsigkeyring

code, secret = dns.rcode.from_text(sys.argv[1]), sys.argv[2]
keys = dns.tsigkeyring.from_text({"client.test.": ("hmac-sha256", secret)})
soa = dns.rrset.from_text("delegates.test.", 60, "IN", "SOA", "ns.delegates.test. hostmaster.delegates.test. 1 60 60 600 60")


def response(octets):
    query = dns.message.from_wire(octets, keyring=keys)
    response = dns.message.make_response(query)
    if query.opcode() == dns.opcode.UPDATE:
        response.set_rcode(code)
        if sys.argv[3] == "unsigned":
            response.tsig = None
        print("UPDATE", "signed" if query.had_tsig else "unsigned", dns.rcode.to_text(code), flush=True)
    else:
        response.flags |= dns.flags.AA
        response.answer.append(soa)
    return response.to_wire()


def answer_datagrams(udp):
    while True:
        octets, client = udp.recvfrom(4096)
        udp.sendto(response(octets), client)


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))
tcp = socket.create_server(("127.0.0.1", 53))
threading.Thread(target=answer_datagrams, args=(udp,), daemon=True).start()
print("ready", flush=True)
while True:
    connection, _ = tcp.accept()
    with connection, connection.makefile("rb") as stream:
        octets = response(stream.read(int.from_bytes(stream.read(2), "big")))
        connection.sendall(len(octets).to_bytes(2, "big") + octets)
PYTHON

lexicon() { # ACTION
    status=0
    timeout 20 venv/bin/lexicon ddns --ddns-server 127.0.0.1 --auth-token "hmac-sha256:client.test.:$secret" \
        "$1" delegates.test TXT --name d1.delegates.test --content LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM \
        >output 2>&1 || status=$?
}

# Runs lexicon against a server of its own; leaves its exit code and output.
try() { # CODE SIGNED ACTION
    : >server.log
    timeout 60 venv/bin/python server.py "$1" "$secret" "$2" >>server.log 2>&1 &
    server=$!
    for _ in $(seq 100); do
        grep -q ready server.log && break
        sleep 0.1
    done
    grep -q ready server.log || not_run "the test's name server does not start: $(cat server.log)"
    lexicon "$3"
    [ "$(grep UPDATE server.log)" = "UPDATE signed $1" ] ||
        not_run "the server did not get one signed UPDATE: $(cat server.log output)"
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
    printf '%-8s %-8s %s: exit code %d, %s\n' "$1" "$2" "$3" "$status" "$(tail -1 output)"
}

for code in NOERROR REFUSED NOTIMP NOTAUTH SERVFAIL; do
    for action in create delete; do
        try "$code" signed "$action"
        [ "$status" -eq 0 ] && grep -q '^True' output ||
            changed "after $code, $action ends with exit code $status: $(cat output)"
    done
done

# The control: the program does look at the response's signature.
try REFUSED unsigned create
[ "$status" -ne 0 ] && grep -q 'requires a TSIG' output || changed "an unsigned response is taken: $(cat output)"
