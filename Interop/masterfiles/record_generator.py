"""Random records and files.

The form of each type's data is written here a second time, from the RFCs, and is compared with what the program says.
"""

import base64
import re
from collections.abc import Callable

from Interop.masterfiles.field_generator import TYPES, FieldGenerator


class Generator(FieldGenerator):
    def data(self) -> tuple[str, str]:
        """A type and data that it allows."""
        pick, number = self.random.choice, self.number

        def n8() -> str:
            return number(8)

        def n16() -> str:
            return number(16)

        def n32() -> str:
            return number(32)

        def algorithm() -> str:
            return pick([n8(), "RSASHA256", "ECDSAP256SHA256", "ED25519", "8", "13"])

        def digest() -> str:
            return pick(
                [
                    "1 " + self.spread(self.hexadecimal(20, 20)),
                    "2 " + self.spread(self.hexadecimal(32, 32)),
                    "4 " + self.spread(self.hexadecimal(48, 48)),
                    "77 " + self.hexadecimal(),
                ]
            )

        def two_names() -> str:
            return f"{self.name()} {self.name()}"

        def preferred() -> str:
            return f"{n16()} {self.name()}"

        one_name = self.name
        kinds: dict[str, Callable[[], str]] = {
            "A": self.ipv4,
            "AAAA": self.ipv6,
            "NS": one_name,
            "PTR": one_name,
            "CNAME": one_name,
            "MB": one_name,
            "MG": one_name,
            "MR": one_name,
            "NSAP-PTR": one_name,
            "MINFO": two_names,
            "RP": two_names,
            "TALINK": two_names,
            "MX": preferred,
            "AFSDB": preferred,
            "RT": preferred,
            "KX": preferred,
            "LP": preferred,
            "PX": lambda: f"{n16()} {two_names()}",
            "SRV": lambda: f"{n16()} {n16()} {n16()} {self.name()}",
            "TXT": self.strings,
            "SPF": self.strings,
            "AVC": self.strings,
            "NINFO": self.strings,
            "RESINFO": self.strings,
            "WALLET": self.strings,
            "HINFO": lambda: f"{self.string()} {self.string()}",
            "GPOS": lambda: f"{self.string()} {self.string()} {self.string()}",
            "ISDN": lambda: " ".join(self.string() for _ in range(self.random.randint(1, 2))),
            "X25": lambda: pick(["311061700956", '"31106"']),
            "NULL": self.generic,
            "TYPE65280": self.generic,
            "TYPE731": self.generic,
            "UNSPEC": self.generic,
            "WKS": lambda: (
                f"{self.ipv4()} {pick(['tcp', 'udp', '6', '17'])} "
                + " ".join(
                    pick(["25", "smtp", "80", "http", "53", "domain", str(self.random.randrange(2000))]) for _ in range(3)
                )
            ),
            "NSAP": lambda: "0x" + pick(["47.0005.80.005a00.0000", self.hexadecimal()]),
            "SIG": self.signature,
            "RRSIG": self.signature,
            "KEY": lambda: pick(
                [f"49152 {n8()} {n8()}", f"{self.random.randrange(1 << 12)} {n8()} {algorithm()} {self.spread(self.base64())}"]
            ),
            "LOC": lambda: (
                f"{self.angle(90, 'NSn')} {self.angle(180, 'EWe')} {self.metres(0, 10, -99999.5, 4284967.25)}"
                + pick(
                    [
                        "",
                        f" {self.metres(1, 20, 0.5)}",
                        f" {self.metres(1, 3000)} {self.metres(0, 10000, 12)} {self.metres(10, 0.01)}",
                    ]
                )
            ),
            "NXT": lambda: f"{self.name()} {self.types(1, 128)}",
            "EID": self.hexadecimal,
            "NIMLOC": self.hexadecimal,
            "ATMA": lambda: pick(["+61200000000", "47.0005.80", self.hexadecimal()]),
            "NAPTR": lambda: (
                f"{n16()} {n16()} {pick(['u', 's', chr(34) * 2])} {self.string()} "
                + pick([f'"" {self.name()}', r'"!^(.*)$!sip:\\1@e!i" .', r'"/a/b/" .'])
            ),
            "CERT": lambda: f"{pick([n16(), 'PKIX', 'PGP', 'URI', 'OID'])} {n16()} {algorithm()} {self.spread(self.base64())}",
            "A6": self.chained,
            "SINK": lambda: f"{n8()} {n8()} {n8()} {pick(['', self.base64()])}",
            "APL": lambda: " ".join(self.prefix() for _ in range(self.random.randint(0, 4))),
            "DS": lambda: f"{n16()} {algorithm()} {digest()}",
            "CDS": lambda: f"{n16()} {algorithm()} {digest()}",
            "TA": lambda: f"{n16()} {algorithm()} {digest()}",
            "DLV": lambda: f"{n16()} {algorithm()} {digest()}",
            "SSHFP": lambda: (
                f"{n8()} "
                + pick(
                    ["1 " + self.hexadecimal(20, 20), "2 " + self.spread(self.hexadecimal(32, 32)), "9 " + self.hexadecimal()]
                )
            ),
            "IPSECKEY": self.ipseckey,
            "NSEC": lambda: f"{self.name()} {self.types(1)}",
            "DHCID": lambda: self.spread(self.base64()),
            "DNSKEY": lambda: f"{self.random.randrange(1 << 12)} {n8()} {algorithm()} {self.spread(self.base64())}",
            "CDNSKEY": lambda: f"{self.random.randrange(1 << 12)} {n8()} {algorithm()} {self.spread(self.base64())}",
            "RKEY": lambda: f"0 {n8()} {algorithm()} {self.base64()}",
            "NSEC3": lambda: (
                f"1 {n8()} {n16()} {pick(['-', self.hexadecimal(1, 12)])} "
                f"{base64.b32hexencode(self.random.randbytes(20)).decode()} {self.types(0)}"
            ),
            "NSEC3PARAM": lambda: f"1 {n8()} {n16()} {pick(['-', self.hexadecimal(1, 12)])}",
            "TLSA": lambda: f"{n8()} {n8()} {n8()} {self.spread(self.hexadecimal())}",
            "SMIMEA": lambda: f"{n8()} {n8()} {n8()} {self.spread(self.hexadecimal())}",
            "HIP": lambda: f"{n8()} {self.hexadecimal(16, 16)} {self.base64()} " + pick(["", self.name(), two_names()]),
            "OPENPGPKEY": lambda: self.spread(self.base64(1, 300)),
            "CSYNC": lambda: f"{n32()} {n16()} {self.types(0)}",
            "ZONEMD": lambda: (
                f"{n32()} {n8()} "
                + pick(
                    [
                        "1 " + self.spread(self.hexadecimal(48, 48)),
                        "2 " + self.hexadecimal(64, 64),
                        "240 " + self.hexadecimal(12, 30),
                    ]
                )
            ),
            "SVCB": self.service,
            "HTTPS": self.service,
            "NID": lambda: f"{n16()} {self.locator()}",
            "L64": lambda: f"{n16()} {self.locator()}",
            "L32": lambda: f"{n16()} {self.ipv4()}",
            "EUI48": lambda: "-".join(f"{octet:02x}" for octet in self.octets(6, 6)),
            "EUI64": lambda: "-".join(f"{octet:02X}" for octet in self.octets(8, 8)),
            "URI": lambda: f'{n16()} {n16()} "https://{self.label().encode().hex()}/"',
            "CAA": lambda: f"{n8()} {pick(['issue', 'issuewild', 'iodef', 'Tag9'])} {self.string()}",
            "DOA": lambda: f"{n32()} {n32()} {n8()} {self.string()} {pick(['-', self.base64()])}",
            "AMTRELAY": self.relay,
            "DSYNC": lambda: f"{pick(TYPES)} {pick(['NOTIFY', '1', '200'])} {n16()} {self.name()}",
            "HHIT": self.base64,
            "BRID": self.base64,
        }
        rdtype = pick(list(kinds))
        return rdtype, kinds[rdtype]()

    def generic(self) -> str:
        octets = self.octets(0, 60)
        return rf"\# {len(octets)} {self.spread(octets.hex())}"

    def signature(self) -> str:
        return (
            f"{self.random.choice(TYPES)} {self.random.choice(['8', 'ED25519'])} {self.number(8)} "
            f"{self.random.getrandbits(31)} {self.time()} {self.time()} {self.number(16)} {self.name()} "
            f"{self.spread(self.base64())}"
        )

    def chained(self) -> str:
        length = self.random.choice([0, 1, 64, 65, 127, 128])
        return f"{length} " + ("" if length == 128 else self.ipv6() + " ") + ("" if length == 0 else self.name())

    def ipseckey(self) -> str:
        kind = self.random.randrange(4)
        return f"{self.number(8)} {kind} {self.random.randint(1, 4)} {self.gateway(kind)} {self.spread(self.base64())}"

    def relay(self) -> str:
        kind = self.random.randrange(4)
        return f"{self.number(8)} {self.random.randrange(2)} {kind} {self.gateway(kind)}"

    def service(self) -> str:
        if self.random.random() < 0.15:
            return f"0 {self.name()}"
        return f"{self.random.randint(1, 65535)} {self.name()} {self.parameters()}"

    # Lines and files

    def line(self, owner: str) -> str:
        rdtype, data = self.data()
        ttl, rdclass = self.random.choice(["60", "1h", "2D3h", ""]), self.random.choice(["IN", "in", "CLASS1", ""])
        first = [ttl, rdclass] if self.random.random() < 0.6 else [rdclass, ttl]
        word = rdtype if self.random.random() < 0.8 else rdtype.lower()
        blank = self.random.choice([" ", "\t", "  "])
        comment = self.random.choice(["", "", " ; a comment \xe9"])
        return blank.join([owner, *filter(None, first), word, data]) + comment

    def mutated(self, text: str) -> str:
        """The same text with one change."""
        words = re.split(r"[ \t]+", text)
        kind = self.random.randrange(6)
        if kind == 0:
            del words[self.random.randrange(1, len(words))]
        elif kind == 1:
            words.insert(
                self.random.randrange(1, len(words) + 1),
                self.random.choice(["0", "x", "IN", "A", '""', "(", ")", ";", "-", ".", "@", "256", "65536", r"\#"]),
            )
        elif kind == 2:
            place = self.random.randrange(1, len(words))
            words[place] = words[place][:-1]
        elif kind == 3:
            place = self.random.randrange(1, len(words))
            words[place] += self.random.choice('09aZ.-="\\')
        else:
            place = self.random.randrange(len(text))
            return (
                text[:place]
                + self.random.choice(["", " ", "0", "9", "g", ".", '"', "\\", ";", "(", "\t", "="])
                + text[place + 1 :]
            )
        return " ".join(words)

    def generic_of(self, rdtype: int, octets: bytes) -> str:
        """Octets of a type in the form of RFC 3597, often with some changes."""
        changed = bytearray(octets)
        for _ in range(self.random.choice([0, 1, 1, 2])):
            kind = self.random.randrange(3)
            place = self.random.randrange(len(changed) + 1)
            if kind == 0:
                changed[place : place + 1] = b""
            elif kind == 1:
                changed[place : place + 1] = self.random.randbytes(1)
            else:
                changed[place:place] = self.random.randbytes(1)
        return rf"TYPE{rdtype} \# {len(changed)} {changed.hex()}"
