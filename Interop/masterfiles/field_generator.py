"""Random fields of records in all forms that a master file allows."""

import base64
import random
import string

TYPES = ["A", "NS", "CNAME", "PTR", "MX", "TXT", "SOA", "AAAA", "SRV", "CAA", "TLSA"]


class FieldGenerator:
    """The fields of records in text, with the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, bits: int) -> str:
        return str(
            self.random.choice([0, 1, 2**bits - 1, self.random.getrandbits(bits), self.random.getrandbits(min(bits, 8))])
        )

    def octets(self, least: int = 1, most: int = 40) -> bytes:
        return self.random.randbytes(self.random.randint(least, most))

    def escaped(self, octets: bytes, plain: str) -> str:
        """Each octet as it is, after a backslash, or as \\DDD."""
        text = ""
        for octet in octets:
            character = chr(octet)
            if character in plain and self.random.random() < 0.9:
                text += character
            elif 33 <= octet < 127 and not character.isdigit() and self.random.random() < 0.5:
                text += "\\" + character
            else:
                text += f"\\{octet:03}"
        return text

    def label(self) -> str:
        if self.random.random() < 0.8:
            plain = self.random.choices(string.ascii_letters + string.digits + "-_", k=self.random.randint(1, 12))
            return "".join(plain)
        return self.escaped(self.octets(1, 63 if self.random.random() < 0.1 else 8), string.ascii_letters + "-")

    def name(self) -> str:
        kind = self.random.random()
        if kind < 0.05:
            return "."
        if kind < 0.1:
            return "@"
        text = ".".join(self.label() for _ in range(self.random.randint(1, 3)))
        return text + ("." if self.random.random() < 0.7 else "")

    def string(self, least: int = 0, most: int = 30) -> str:
        octets = self.octets(least, most)
        if self.random.random() < 0.5:
            octets = bytes(octet % 95 + 32 for octet in octets)
        if octets and self.random.random() < 0.3:
            return self.escaped(octets, string.ascii_letters + string.digits + "=/+-._")
        return '"' + self.escaped(octets, string.ascii_letters + string.digits + " ;()@$=/+-._") + '"'

    def strings(self) -> str:
        return " ".join(self.string(0, 255 if self.random.random() < 0.05 else 20) for _ in range(self.random.randint(1, 4)))

    def hexadecimal(self, least: int = 1, most: int = 40) -> str:
        text = self.octets(least, most).hex()
        return text.upper() if self.random.random() < 0.3 else text

    def spread(self, text: str) -> str:
        """The same digits in several words."""
        if len(text) < 4 or self.random.random() < 0.6:
            return text
        place = self.random.randrange(2, len(text) - 1, 2) if len(text) > 4 else 2
        return f"{text[:place]} {text[place:]}" if self.random.random() < 0.5 else f"( {text[:place]}\n\t{text[place:]} )"

    def base64(self, least: int = 1, most: int = 40) -> str:
        return base64.b64encode(self.octets(least, most)).decode()

    def ipv4(self) -> str:
        return ".".join(str(octet) for octet in self.random.randbytes(4))

    def ipv6(self) -> str:
        groups = [f"{self.random.choice([0, 0, 1, self.random.getrandbits(16)]):x}" for _ in range(8)]
        kind = self.random.random()
        if kind < 0.2:
            return "::" + ":".join(groups[: self.random.randint(0, 6)])
        if kind < 0.3:
            return ":".join(groups[:6]) + ":" + self.ipv4()
        return ":".join(groups)

    def seconds(self) -> str:
        if self.random.random() < 0.6:
            return str(self.random.randrange(2**31))
        units = [f"{self.random.randrange(100)}{unit}" for unit in "wdhms" if self.random.random() < 0.5]
        text = "".join(units) or "1h"
        return text.upper() if self.random.random() < 0.3 else text

    def time(self) -> str:
        if self.random.random() < 0.3:
            return str(self.random.getrandbits(32))
        year, month, day = self.random.randint(2000, 2037), self.random.randint(1, 12), self.random.randint(1, 28)
        return f"{year}{month:02}{day:02}{self.random.randrange(24):02}5907"

    def types(self, least: int, below: int = 65536) -> str:
        known = [
            name
            for name in (*TYPES, "RRSIG", "NSEC", "DNSKEY", "TYPE65280", "TYPE1234")
            if below > 256 or name not in ("CAA", "TYPE65280", "TYPE1234", "TLSA")
        ]
        return " ".join(self.random.sample(known, self.random.randint(least, 5)))

    def angle(self, degrees: int, directions: str) -> str:
        text = str(self.random.randrange(degrees))
        if self.random.random() < 0.7:
            text += f" {self.random.randrange(60)}"
            if self.random.random() < 0.7:
                text += self.random.choice(
                    [f" {self.random.randrange(60)}", f" {self.random.randrange(60)}.{self.random.randrange(1000):03}"]
                )
        return text + " " + self.random.choice(directions)

    def metres(self, *values: float) -> str:
        return str(self.random.choice(values)) + self.random.choice(["", "m"])

    def prefix(self) -> str:
        negation = self.random.choice(["", "!"])
        if self.random.random() < 0.5:
            return f"{negation}1:{self.ipv4()}/{self.random.randrange(33)}"
        return f"{negation}2:{self.ipv6()}/{self.random.randrange(129)}"

    def gateway(self, kind: int) -> str:
        return [lambda: ".", self.ipv4, self.ipv6, self.name][kind]()

    def locator(self) -> str:
        return ":".join(f"{self.random.getrandbits(16):04x}" for _ in range(4))

    def parameters(self) -> str:
        parameters: dict[str, str | None] = {}
        if self.random.random() < 0.6:
            parameters["alpn"] = self.random.choice(
                ["h2", '"h2,h3"', "h2,h3-29", r'"f\\\\oo\\,bar,h2"', r"f\\\092oo\092,bar,h2"]
            )
            if self.random.random() < 0.3:
                parameters["no-default-alpn"] = None
        more = {
            "port": str(self.random.getrandbits(16)),
            "ipv4hint": ",".join(self.ipv4() for _ in range(self.random.randint(1, 3))),
            "ipv6hint": '"' + ",".join(self.ipv6() for _ in range(self.random.randint(1, 3))) + '"',
            "ech": self.base64(),
            "key7": '"/dns-query{?dns}"',
            f"key{self.random.randint(9, 65535)}": self.random.choice([None, "hello", self.string(1, 20)]),
        }
        parameters |= {key: value for key, value in more.items() if self.random.random() < 0.3}
        if parameters and self.random.random() < 0.3:
            parameters["mandatory"] = ",".join(self.random.sample(list(parameters), self.random.randint(1, len(parameters))))
        items = list(parameters.items())
        self.random.shuffle(items)
        return " ".join(key if value is None else f"{key}={value}" for key, value in items)
