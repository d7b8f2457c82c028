"""The differences from BIND that are on purpose, and files that are compared as a whole."""

import re


def _says(part: str):
    """Whether nuncio refuses a file for this reason."""
    return lambda case, reason: reason is not None and part in reason


KNOWN_DIFFERENCES = {
    "DNAME is not served": _says("DNAME is not served"),
    "$INCLUDE and $GENERATE are not taken": _says("is not supported: write its records"),
    "records outside of the zone are refused, not left out": _says("is not in the zone"),
    "each octet of EUI48 and EUI64 has two digits (RFC 7043)": _says("pairs of hexadecimal digits with hyphens"),
    "class 0 is no class": _says("class CLASS0 is not served"),
    "records of one name and type have at most 60,000 octets": _says("no message could hold it"),
    "an NXT record lists a type at least": _says("NXT data lacks its types"),
    "an SSHFP record has a fingerprint": _says("SSHFP data must end in pairs"),
    "APL data has addresses of the two families that can be written": _says("not data of type APL"),
    "moments of signatures are between 1970 and 2106": _says("is neither YYYYMMDDHHmmSS nor seconds since 1970"),
    "a TTL above 2147483647 is refused, not taken for 0": _says("is not a TTL of at most"),
}

SOA = "@ IN SOA ns host 1 2 3 4 60\n@ NS ns.elsewhere.test.\n"

# BIND decides which of them are right, and what is in them.
WHOLE_FILES = [
    # The origin, owners left out, TTLs
    SOA, "$TTL 5\n" + SOA, "$ORIGIN sub\n" + SOA, "$ORIGIN .\n" + SOA, SOA + "\n\n  \n\t\n; x\n   ; y\na A 192.0.2.1\n",
    SOA + "a 5 A 192.0.2.1\n A 192.0.2.2\n\tA 192.0.2.3\nb A 192.0.2.4\n$TTL 7\n A 192.0.2.5\nc A 192.0.2.6\n",
    "@ 9 IN SOA ns host 1 2 3 4 60\n@ NS ns.elsewhere.test.\na A 192.0.2.1\nb 3 A 192.0.2.1\nc A 192.0.2.1\n",
    "$TTL 1\n" + SOA + "a A 192.0.2.1\na 5 A 192.0.2.2\na 7 A 192.0.2.3\n", SOA + "$ORIGIN b\na A 192.0.2.1\n$ORIGIN @\nc TXT x\n",
    SOA + "$ttl 1h\na A 192.0.2.1\n$origin sub\na A 192.0.2.1\n", SOA + "@ TXT x\n@ TXT x\n@ TXT X\n",
    # Parentheses, comments, line ends
    "@ SOA (\nns\nhost\n1 2 3 ; x\n4 60 )\n@ NS ( ns.elsewhere.test.\n)\n", SOA.replace("\n", "\r\n") + "a A 192.0.2.1\r\n",
    SOA + "a ( 5 IN A 192.0.2.1 )\n", SOA + "a 5 (\n IN\nA\n192.0.2.1\n)\nb A 192.0.2.2", SOA + "a TXT (a)(b)\n",
    SOA + "a TXT (\"a\"\n;\"\n\"b\")\n", SOA + "a TXT ( a\n", SOA + "a TXT a )\n", SOA + "a TXT ((a))\n", SOA + "a TXT \"a\nb\"\n",
    SOA + "a TXT \"a;b\" ; c\na TXT a\\;b\na TXT a;b\n", SOA + "a\tTXT\t\"a\tb\"\n", SOA + "a TXT \\\n", SOA + "a TXT a\\\nb TXT c\n",
    # Strings
    SOA + "a TXT \"\"\n", SOA + "a TXT\n", SOA + "a TXT a\"b\"c\n", SOA + "a TXT \"a\"\"b\"\n", SOA + "a TXT ü \"ü\" \\195\\188\n",
    SOA + "a TXT \\256\n", SOA + "a TXT \\25\n", SOA + "a TXT " + "x" * 255 + "\n", SOA + "a TXT " + "x" * 256 + "\n",
    SOA + "a TXT \"" + "\\120" * 255 + "\"\n", SOA + "a TXT \"" + "\\120" * 256 + "\"\n", SOA + "a TXT @ $ ( \\( ) \\)\n",
    # Names
    SOA + "a.b.c A 192.0.2.1\n", SOA + "a..b A 192.0.2.1\n", SOA + ".a A 192.0.2.1\n", SOA + "a\\.b A 192.0.2.1\n",
    SOA + "\\097 A 192.0.2.1\n", SOA + "\\@ A 192.0.2.1\n", SOA + "* A 192.0.2.1\n*.a TXT x\na.*.b TXT x\n", SOA + "A TXT x\na TXT y\n",
    SOA + "x" * 63 + " TXT x\n", SOA + "x" * 64 + " TXT x\n", SOA + ("x" * 60 + ".") * 4 + "x TXT x\n", SOA + "a.b.c.other. TXT x\n",
    SOA + "in TXT x\nttl 5 TXT x\nsoa TXT y\n1h TXT z\n", SOA + "ü TXT x\n", SOA + "\\$a TXT x\n", SOA + "a CNAME @\n", SOA + "a CNAME b c\n",
    # Classes and types
    SOA + "a CLASS1 TXT x\nb class1 5 txt x\nc 5 ClAsS1 TyPe16 \\# 2 0161\n", SOA + "a CH TXT x\n", SOA + "a CLASS3 TXT x\n",
    SOA + "a IN IN TXT x\n", SOA + "a 5 5 TXT x\n", SOA + "a 5 IN 5 TXT x\n", SOA + "a WHAT x\n", SOA + "a TYPE0 \\# 0\n",
    SOA + "a ANY x\n", SOA + "a OPT \\# 0\n", SOA + "a TSIG \\# 0\n", SOA + "a TYPE65536 \\# 0\n", SOA + "a TYPE255 \\# 0\n",
    SOA + "a 1w2d3h4m5s TXT x\n", SOA + "a 5x TXT x\n", SOA + "a 1h30 TXT x\n", SOA + "a h TXT x\n", SOA + "a 2147483647 TXT x\n",
    # What may stand beside what
    SOA + "a CNAME b\na TXT x\n", SOA + "a TXT x\na CNAME b\n", SOA + "a CNAME b\na CNAME c\n", SOA + "@ CNAME b\n", SOA + SOA,
    SOA + "@ IN SOA ns host 2 2 3 4 60\n", SOA + "a IN SOA ns host 2 2 3 4 60\n", "@ IN SOA ns host 1 2 3 4 60\n", "@ NS ns\n", "",
    SOA + "sub NS ns.sub\nns.sub A 192.0.2.1\nsub DS 1 8 9 00\n", SOA + "a HINFO x\n", SOA + "a HINFO x y z\n",
    # The generic form
    SOA + "a TYPE1 \\# 4 c0000201\n", SOA + "a A \\# 4 c0 00 02 01\n", SOA + "a TYPE1 192.0.2.1\n", SOA + "a TYPE65280 x\n",
    SOA + "a TYPE65280 \\# 0\n", SOA + "a TYPE65280 \\# 1\n", SOA + "a TYPE65280 \\# 1 0\n", SOA + "a TYPE65280 \\# 2 00\n",
    SOA + "a TYPE65280 \\# ( 2 00\n 01 )\n", SOA + "a HINFO \\# 2 0161\n", SOA + "a HINFO \\# 6 016101610161\n", SOA + "a TYPE2 \\# 2 c000\n",
    # Times of SOA
    "@ SOA ns host 1 1h 2D 3w 1h30m\n@ NS ns\n", "@ SOA ns host 4294967295 4294967295 0 0 0\n@ NS ns\n",
    "@ SOA ns host 4294967296 1 0 0 0\n@ NS ns\n", "@ SOA ns host -1 1 0 0 0\n@ NS ns\n", "@ SOA . . 1 1 0 0 0\n@ NS .\n",
    # Directives
    SOA + "$WHAT x\n", SOA + "$TTL\n", SOA + "$TTL x\n", SOA + "$ORIGIN\n", SOA + "$INCLUDE nowhere\n", SOA + "$GENERATE 1-2 a$ A 192.0.2.$\n",
]
