#!/usr/bin/env bash
# ldns-read-zone silently replaces NXNAME in an NSEC record by TYPE0.
#
# Program:   ldns-read-zone of Debian's ldnsutils 1.8.3-1+b1. dnspython 2.9.2 from PyPI is the other side.
# Input:     the proof that a name does not exist, as RFC 9824 forms it, in the words in which dnspython prints it:
#                x.delegates.test. 60 IN NSEC \000.x.delegates.test. RRSIG NSEC NXNAME
#            NXNAME is the registered mnemonic of type 128.
# Expected:  the same record. A release that does not know the mnemonic should report an error, as this one does for the record
#            `RESINFO "qnamemin"`, whose type is newer than the release, too.
# Observed:  exit code 0, nothing on standard error, and another record:
#                x.delegates.test. 60 IN NSEC \000.x.delegates.test. TYPE0 RRSIG NSEC
#            The statement that the name does not exist is lost, and a signature of the original cannot fit. dnspython refuses
#            the result: “NSEC with bit 0”. The same record with TYPE128 in place of NXNAME is read correctly.
# Why:       an ACME delegate server that signs its answers proves with such records that a name was never enrolled. An
#            operator who saves a proof with one tool and examines it with ldns sees a record that is wrong, and suspects the
#            server.
#
# Exit code: 0 as described, 1 the program behaves differently, 77 the packages could not be installed.
set -euo pipefail
export LC_ALL=C

packages=(ldnsutils=1.8.3-1+b1 libldns3=1.8.3-1+b1)

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
timeout 60 python3 -m venv venv >venv.log 2>&1 || not_run "python3 cannot make a virtual environment: $(tail -1 venv.log)"
timeout 180 venv/bin/pip install --quiet --disable-pip-version-check dnspython==2.9.2 >pip.log 2>&1 ||
    not_run "dnspython could not be installed: $(tail -1 pip.log)"

# The libraries of the package are for ldns-read-zone alone; python3 does not see them.
read_zone() { # FILE
    LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu) timeout 10 root/usr/bin/ldns-read-zone "$1"
}

cat >proof.py <<'PYTHON'
"""Prints the proof as dnspython writes it, or compares a zone file's NSEC record with it."""

import sys

import dns.exception
import dns.rdata

proof = dns.rdata.from_text("IN", "NSEC", r"\000.x.delegates.test. RRSIG NSEC TYPE128")
if len(sys.argv) == 1:
    print(proof)
    sys.exit()
for line in open(sys.argv[1]):
    fields = line.split(maxsplit=4)
    if fields[3] != "NSEC":
        continue
    try:
        other = dns.rdata.from_text("IN", "NSEC", fields[4].strip())
        print("the same record" if other == proof else "another record")
    except dns.exception.DNSException as error:
        print(error)
PYTHON

soa='delegates.test. 60 IN SOA ns.delegates.test. hostmaster.delegates.test. 1 60 60 600 60'
proof=$(timeout 30 venv/bin/python proof.py)
[[ $proof == *' RRSIG NSEC NXNAME' ]] || not_run "dnspython prints the proof in other words: $proof"

for word in NXNAME TYPE128; do
    printf '%s\nx.delegates.test. 60 IN NSEC %s\n' "$soa" "${proof/NXNAME/$word}" >"$word"
    status=0
    read_zone "$word" >"$word.read" 2>"$word.error" || status=$?
    [ "$status" -eq 0 ] || changed "$word: ldns-read-zone ends with exit code $status: $(cat "$word.error")"
    [ ! -s "$word.error" ] || changed "$word: ldns-read-zone says “$(cat "$word.error")”"
    types=$(awk '$4 == "NSEC" { for (i = 6; i <= NF; i++) printf " %s", $i }' "$word.read")
    verdict=$(timeout 30 venv/bin/python proof.py "$word.read")
    echo "$word: exit code 0, read as$types; to dnspython it is: $verdict"
    case "$word:$types:$verdict" in
    "NXNAME: TYPE0 RRSIG NSEC:NSEC with bit 0" | "TYPE128: RRSIG NSEC TYPE128:the same record") ;;
    *) changed "NXNAME should have become TYPE0, and TYPE128 should have stayed" ;;
    esac
done

# The control: a record of a type that is as new is an error.
printf '%s\nx.delegates.test. 60 IN RESINFO "qnamemin"\n' "$soa" >newer
status=0
read_zone newer >/dev/null 2>newer.error || status=$?
[ "$status" -ne 0 ] || changed "a record of the type RESINFO is accepted"
echo "RESINFO \"qnamemin\": exit code $status, $(cat newer.error)"
