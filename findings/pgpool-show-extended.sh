#!/usr/bin/env bash
# pgpool answers SHOW pool_nodes in PostgreSQL's simple query protocol alone: in the extended one the server behind it answers that it has
# no such setting.
#
# Program:   pgpool of Debian's pgpool2 4.3.5-1+deb12u1 in front of PostgreSQL 15 of Debian's postgresql-15 15.20-0+deb12u1; psycopg 3.3.9 from
#            PyPI, with libpq inside, is the client.
# Input:     SHOW pool_nodes, by PQexec (simple query protocol) and by PQexecParams without parameters (extended query protocol), on the same
#            connection to pgpool.
# Expected:  the same answer in both protocols: the list of servers, by which a client finds out that pgpool is in between.
# Observed:  by PQexec one row for each server. By PQexecParams SQLSTATE 42704, “unrecognized configuration parameter "pool_nodes"”, as
#            from PostgreSQL without pgpool.
# Why:       pgpool sends reads to replicas, which lag. A program that follows changes must find out whether it is in between, and libraries
#            that prepare statements, or use libpq's pipeline mode, cannot see it by that command.
#
# Exit code: 0 as described, 1 the program behaves differently, 77 the test could not be made here.
set -euo pipefail
export LC_ALL=C

packages=(
    pgpool2=4.3.5-1+deb12u1 libpgpool2=4.3.5-1+deb12u1 postgresql-15=15.20-0+deb12u1 libpq5=15.20-0+deb12u1
    libmemcached11=1.1.4-1
)

folder=$(mktemp -d)
started=()
finish() {
    [ ${#started[@]} -eq 0 ] || kill -INT "${started[@]}" 2>/dev/null || true
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

timeout 300 apt-get -o APT::Sandbox::User=root download "${packages[@]}" >download.log 2>&1 || {
    cat download.log >&2
    not_run "Debian 12 no longer has one of these versions: ${packages[*]}"
}
for package in *.deb; do dpkg -x "$package" root; done
timeout 60 python3 -m venv venv >venv.log 2>&1 || not_run "python3 cannot make a virtual environment: $(tail -1 venv.log)"
timeout 180 venv/bin/pip install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9' >pip.log 2>&1 ||
    not_run "psycopg could not be installed: $(tail -1 pip.log)"
programs=root/usr/lib/postgresql/15/bin
LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
timeout 10 "$programs/postgres" --version >version.log 2>&1 || not_run "PostgreSQL does not start: $(cat version.log)"
timeout 10 root/usr/sbin/pgpool --version >version.log 2>&1 || true
grep -q '4\.3\.5' version.log || not_run "pgpool does not start: $(cat version.log)"

# PostgreSQL does not run as root.
as_other=()
mkdir own
if [ "$(id -u)" = 0 ]; then
    chmod 711 "$folder"
    chown nobody own
    as_other=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
cat >own/pgpool.conf <<CONFIGURATION
backend_clustering_mode = 'raw'
listen_addresses = ''
port = 6432
socket_dir = '$folder/own'
pcp_socket_dir = '$folder/own'
pid_file_name = '$folder/own/pid'
logdir = '$folder/own'
work_dir = '$folder/own'
backend_hostname0 = '$folder/own'
backend_port0 = 5432
num_init_children = 2
pool_passwd = ''
CONFIGURATION
touch own/pcp.conf own/hba.conf
cd own
timeout 60 "${as_other[@]}" "../$programs/initdb" --pgdata "$folder/own/data" --auth trust --username lab >../initdb.log 2>&1 ||
    not_run "initdb: $(tail -1 ../initdb.log)"
"${as_other[@]}" "../$programs/postgres" -D "$folder/own/data" -c listen_addresses= -c "unix_socket_directories=$folder/own" >../postgres.log 2>&1 &
started+=($!)
wait_for() { # SOCKET
    for _ in $(seq 100); do
        [ -S "$1" ] && return
        sleep 0.1
    done
    not_run "there is no $1: $(tail -2 ../*.log)"
}
wait_for .s.PGSQL.5432
"${as_other[@]}" ../root/usr/sbin/pgpool -n -f "$folder/own/pgpool.conf" -F "$folder/own/pcp.conf" -a "$folder/own/hba.conf" >../pgpool.log 2>&1 &
started+=($!)
wait_for .s.PGSQL.6432
cd ..

cat >ask.py <<'PYTHON'
import sys

from psycopg import pq

connection = pq.PGconn.connect(f"host={sys.argv[1]} port=6432 user=lab dbname=postgres".encode())
if connection.status != pq.ConnStatus.OK:
    sys.exit(connection.error_message.decode())
for protocol, result in (
    ("simple", connection.exec_(b"SHOW pool_nodes")),
    ("extended", connection.exec_params(b"SHOW pool_nodes", [])),
):
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    print(protocol, f"{result.ntuples} row" if result.status == pq.ExecStatus.TUPLES_OK else (state or b"?").decode())
PYTHON
env -u LD_LIBRARY_PATH timeout 30 venv/bin/python ask.py "$folder/own" >answers.txt 2>ask.log || not_run "the client: $(tail -1 ask.log)"
cat answers.txt
grep -qx 'simple 1 row' answers.txt || changed "the simple protocol has another answer"
grep -qx 'extended 42704' answers.txt || changed "the extended protocol has another answer"
echo "As described: pgpool 4.3.5 shows its servers in the simple query protocol only."
