#!/usr/bin/env bash
# PowerDNS takes a new TXT record by IXFR, serves the new serial, and does not answer the record.
#
# Program:   pdns_server of Debian's pdns-server and pdns-backend-sqlite3 4.7.3-2, as a secondary with `gsqlite3-dnssec=yes` and
#            the zone's metadata IXFR=1. dnspython 2.9.2 from PyPI is the primary.
# Input:     a zone that is not signed, by AXFR, with serial 10. Then NOTIFY, and an IXFR response (RFC 1995 section 4) from 10
#            to 11 that adds one record:
#                d1.delegates.test. 1 IN TXT "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"
# Expected:  the secondary answers the TXT record as soon as it answers serial 11.
# Observed:  the secondary answers serial 11, and NOERROR without a record for the TXT. Its log says “got 1 delta, zone
#            committed with serial 11”, and on the question “Should not get here (d1.delegates.test|TXT): please run pdnsutil
#            rectify-zone delegates.test”. In its database the new row has auth=0. Asked again, it answers the same.
#            With `gsqlite3-dnssec=no` it answers the record after the same IXFR; without IXFR=1 it answers it after an AXFR. An
#            IXFR response that is the whole zone (RFC 1995 section 4) does no harm either; this script does not repeat that.
# Why:       an ACME server asks for the TXT record seconds after it was published. A delegate server that sends differences to
#            its secondaries must not take the serial of a secondary as proof that the challenge value can be seen there. It
#            has to ask for the value.
#
# Exit code: 0 as described, 1 the program behaves differently, 77 the test could not be made here.
set -euo pipefail
export LC_ALL=C

packages=(
    pdns-server=4.7.3-2 pdns-backend-sqlite3=4.7.3-2 libluajit-5.1-2=2.1.0~beta3+git20220320+dfsg-4.1+deb12u1
)

folder=$(mktemp -d)
started=()
finish() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap finish EXIT
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
timeout 60 python3 -m venv venv >venv.log 2>&1 || not_run "python3 cannot make a virtual environment: $(tail -1 venv.log)"
timeout 180 venv/bin/pip install --quiet --disable-pip-version-check dnspython==2.9.2 >pip.log 2>&1 ||
    not_run "dnspython could not be installed: $(tail -1 pip.log)"
schema=root/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql
libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
LD_LIBRARY_PATH=$libraries timeout 10 root/usr/sbin/pdns_server --version >version.log 2>&1 || true
grep -q 'Server 4\.7\.3' version.log || not_run "pdns_server does not start: $(cat version.log)"

cat >primary.py <<'PYTHON'
"""The primary of delegates.test. A line on standard input is the next serial; it prints its port, then what is transferred."""

import socket
import sys
import threading

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

serial = 10


def soa(serial):
    data = f"ns.delegates.test. hostmaster.delegates.test. {serial} 3600 600 86400 1"
    return dns.rrset.from_text("delegates.test.", 60, "IN", "SOA", data)


base = [
    dns.rrset.from_text("delegates.test.", 60, "IN", "NS", "ns.delegates.test."),
    dns.rrset.from_text("ns.delegates.test.", 60, "IN", "A", "127.0.0.1"),
]
value = dns.rrset.from_text(
    "d1.delegates.test.", 1, "IN", "TXT", '"LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"'
)


def response(octets):
    query = dns.message.from_wire(octets)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    rdtype = query.question[0].rdtype
    if rdtype == dns.rdatatype.AXFR:
        response.answer = [soa(serial), *base, *([value] if serial == 11 else []), soa(serial)]
    elif rdtype == dns.rdatatype.IXFR and serial == 11 and query.authority[0][0].serial == 10:
        response.answer = [soa(11), soa(10), soa(11), value, soa(11)]
    else:
        response.answer = [soa(serial)]
    if rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR):
        print(dns.rdatatype.to_text(rdtype), serial, flush=True)
    return response.to_wire()


def answer_datagrams(udp):
    while True:
        octets, client = udp.recvfrom(4096)
        udp.sendto(response(octets), client)


def answer_connections(tcp):
    while True:
        connection, _ = tcp.accept()
        with connection, connection.makefile("rb") as stream:
            while length := int.from_bytes(stream.read(2), "big"):
                octets = response(stream.read(length))
                connection.sendall(len(octets).to_bytes(2, "big") + octets)


tcp = socket.create_server(("127.0.0.1", 0))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(tcp.getsockname())
for target, door in ((answer_datagrams, udp), (answer_connections, tcp)):
    threading.Thread(target=target, args=(door,), daemon=True).start()
print("port", tcp.getsockname()[1], flush=True)
for line in sys.stdin:
    serial = int(line)
PYTHON

cat >ask.py <<'PYTHON'
"""Usage: PORT new DATABASE SCHEMA TRANSFER | serial N | notify | value | auth DATABASE

Prepares a secondary's database, awaits a serial, sends NOTIFY, prints the answer for the value, or its row's auth.
"""

import sqlite3
import sys
import time

import dns.exception
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype

port, what = int(sys.argv[1]), sys.argv[2]


def ask(query):
    return dns.query.udp(query, "127.0.0.1", port=port, timeout=3)


if what == "new":
    database = sqlite3.connect(sys.argv[3])
    database.executescript(open(sys.argv[4]).read())
    primary = f"127.0.0.1:{port}"
    database.execute("INSERT INTO domains (id, name, type, master) VALUES (1, 'delegates.test', 'SLAVE', ?)", (primary,))
    if sys.argv[5] == "IXFR":
        database.execute("INSERT INTO domainmetadata (domain_id, kind, content) VALUES (1, 'IXFR', '1')")
    database.commit()
elif what == "serial":
    for _ in range(100):
        try:
            answer = ask(dns.message.make_query("delegates.test.", "SOA")).answer
            if answer and answer[0][0].serial == int(sys.argv[3]):
                sys.exit()
        except (OSError, dns.exception.Timeout):
            pass
        time.sleep(0.1)
    sys.exit(f"serial {sys.argv[3]} is not answered within 10 s")
elif what == "notify":
    notify = dns.message.make_query("delegates.test.", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    ask(notify)
elif what == "value":
    response = ask(dns.message.make_query("d1.delegates.test.", "TXT"))
    print(dns.rcode.to_text(response.rcode()), sum(len(rrset) for rrset in response.answer))
elif what == "auth":
    row = sqlite3.connect(sys.argv[3]).execute("SELECT auth FROM records WHERE type = 'TXT'").fetchone()
    print(row[0])
PYTHON

# Runs a primary and a secondary; leaves the answers for the TXT record and the kinds of transfers.
try() { # NAME DNSSEC TRANSFER
    local name=$1 dnssec=$2 transfer=$3 primary secondary port own_port
    mkfifo "$name.serials"
    : >"$name.primary"
    timeout 90 venv/bin/python primary.py <"$name.serials" >>"$name.primary" 2>&1 &
    primary=$!
    started+=("$primary")
    exec 3>"$name.serials"
    for _ in $(seq 100); do
        grep -q port "$name.primary" && break
        sleep 0.1
    done
    port=$(awk '$1 == "port" { print $2 }' "$name.primary")
    [ -n "$port" ] || not_run "the primary does not start: $(cat "$name.primary")"
    own_port=$(venv/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    timeout 20 venv/bin/python ask.py "$port" new "$name.db" "$schema" "$transfer"
    mkdir "$name.sockets"
    LD_LIBRARY_PATH=$libraries timeout 90 root/usr/sbin/pdns_server --config-dir="$folder" --no-config --daemon=no --guardian=no \
        --socket-dir="$folder/$name.sockets" --module-dir="$libraries/pdns" --launch=gsqlite3 \
        --gsqlite3-database="$folder/$name.db" --gsqlite3-dnssec="$dnssec" --local-address=127.0.0.1 --local-port="$own_port" \
        --secondary=yes --loglevel=6 --security-poll-suffix= --cache-ttl=0 \
        --query-cache-ttl=0 --negquery-cache-ttl=0 >"$name.log" 2>&1 3>&- &
    secondary=$!
    started+=("$secondary")
    timeout 30 venv/bin/python ask.py "$own_port" serial 10 || not_run "the secondary has no zone: $(tail -5 "$name.log")"
    echo 11 >&3
    timeout 20 venv/bin/python ask.py "$own_port" notify
    timeout 30 venv/bin/python ask.py "$own_port" serial 11 || changed "$name: serial 11 does not arrive: $(tail -5 "$name.log")"
    answer=$(timeout 20 venv/bin/python ask.py "$own_port" value)
    sleep 2
    later=$(timeout 20 venv/bin/python ask.py "$own_port" value)
    transfers=$(awk '/XFR/ { printf " %s", $1 }' "$name.primary")
    exec 3>&-
    kill "$secondary" "$primary" 2>/dev/null || true
    wait "$secondary" "$primary" 2>/dev/null || true
    started=()
    echo "$name: transfers$transfers, serial 11, TXT: $answer, 2 s later: $later"
}

try "gsqlite3-dnssec=no, IXFR" no IXFR
[ "$transfers,$answer,$later" = " AXFR IXFR,NOERROR 1,NOERROR 1" ] ||
    changed "without DNSSEC in the backend the record should be answered after an IXFR"

try "gsqlite3-dnssec=yes, AXFR" yes AXFR
[ "$transfers,$answer,$later" = " AXFR AXFR,NOERROR 1,NOERROR 1" ] || changed "the record should be answered after an AXFR"

name="gsqlite3-dnssec=yes, IXFR"
try "$name" yes IXFR
[ "$transfers" = " AXFR IXFR" ] || changed "the second transfer should be an IXFR"
[ "$answer,$later" = "NOERROR 0,NOERROR 0" ] || changed "the record is answered after an IXFR"
auth=$(timeout 20 venv/bin/python ask.py 0 auth "$name.db")
[ "$auth" = 0 ] || changed "the row in the database has auth=$auth"
grep -E 'got 1 delta|Should not get here' "$name.log" | head -2
