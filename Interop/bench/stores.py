"""The content in the form of each server: nuncio's SQLite file, the peers' zone file, acme-dns's SQLite file.

The files are written directly: through the API, a million delegates would take a quarter of an hour.
"""

import secrets
import sqlite3
import time
from pathlib import Path

from Interop.bench.delegates_and_queries import VALUES, ZONE, Content

# nuncio makes this of its configuration; the TTLs are nuncio's.
APEX = f"""\
$ORIGIN {ZONE}.
@ 1 IN SOA ns1.{ZONE}. hostmaster.example.net. 1 3600 600 604800 1
@ 3600 IN NS ns1.{ZONE}.
ns1 3600 IN A 127.0.0.1
"""

ACME_DNS_TABLES = """\
CREATE TABLE acmedns(Name TEXT, Value TEXT);
CREATE TABLE records(
    Username TEXT UNIQUE NOT NULL PRIMARY KEY,
    Password TEXT UNIQUE NOT NULL,
    Subdomain TEXT UNIQUE NOT NULL,
    AllowFrom TEXT
);
CREATE TABLE txt(Subdomain TEXT NOT NULL, Value TEXT NOT NULL DEFAULT '', LastUpdate INT);
INSERT INTO acmedns (Name, Value) VALUES ('db_version', '1');
"""

# Only these have credentials with known keys; the digests of the others are random, which is as good for memory and time.
KNOWN_KEYS = 20_000


def write_zone(file: Path, content: Content) -> None:
    """The file has the CAA records, which nuncio makes by itself."""
    with file.open("w") as zone:
        zone.write(APEX)
        for label, values in zip(content.labels, content.values(), strict=True):
            zone.write(f'{label} 3600 CAA 0 issue ";"\n{label} 3600 CAA 0 issuewild ";"\n')
            zone.writelines(f'{label} 1 TXT "{value}"\n' for value in values)


def fill_nuncio(file: Path, content: Content) -> None:
    """`file` has the tables, and no server has it open."""
    now = int(time.time())
    database = fast(file)
    with database:
        database.execute("BEGIN")
        names = enumerate(content.labels, 1)
        database.executemany(
            "INSERT INTO delegate (id, name, enrolled_at, first_published_at) VALUES (?, ?, ?, ?)",
            ((number, f"{label}.{ZONE}", now, now) for number, label in names),
        )
        digests = (
            key.digest if number <= KNOWN_KEYS else secrets.token_bytes(32) for number, key in enumerate(content.keys(), 1)
        )
        credentials = sorted(
            (key.username, number, digest, "", "", now, number)
            for (number, key), digest in zip(enumerate(content.keys(), 1), digests, strict=True)
        )
        database.executemany(
            "INSERT INTO credential (username, delegate_id, key_sha256, label, allowed_networks, created_at,"
            " sequence) VALUES (?, ?, ?, ?, ?, ?, ?)",
            credentials,
        )
        database.executemany(
            "INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)",
            (
                (number, value, number * VALUES + place, now)
                for number, values in enumerate(content.values(), 1)
                for place, value in enumerate(values)
            ),
        )
        database.execute("UPDATE change_sequence SET number = ?", ((content.count + 1) * VALUES,))
        database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def fill_acme_dns(file: Path, content: Content) -> None:
    """`file` has the tables, and no server has it open. No client can log in: the passwords have the form of bcrypt
    hashes, as nuncio's import demands, but they are the hashes of no key."""
    now = int(time.time())
    database = fast(file)
    with database:
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO records (Username, Password, Subdomain, AllowFrom) VALUES (?, ?, ?, '[]')",
            (
                (key.username, f"$2a$10${key.digest.hex()[:53]}".encode(), label)
                for key, label in zip(content.keys(), content.labels, strict=True)
            ),
        )
        database.executemany(
            "INSERT INTO txt (Subdomain, Value, LastUpdate) VALUES (?, ?, ?)",
            ((label, value, now) for label, values in zip(content.labels, content.values(), strict=True) for value in values),
        )
        database.execute("COMMIT")
    database.close()


def make_acme_dns(file: Path, content: Content) -> None:
    """Makes the tables as well, with the statements of acme-dns 2.0.2 (`pkg/database/db.go`)."""
    database = sqlite3.connect(file)
    database.executescript(ACME_DNS_TABLES)
    database.close()
    fill_acme_dns(file, content)


def fast(file: Path) -> sqlite3.Connection:
    """Opens a file without a journal: if this fails, the file is thrown away."""
    database = sqlite3.connect(file, isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "locking_mode = EXCLUSIVE"):
        database.execute(f"PRAGMA {setting}")
    return database
