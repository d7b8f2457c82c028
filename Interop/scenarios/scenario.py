"""The form of a scenario file; README.md describes it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype

from Interop.processes import LabError

HEADER_BITS = {"qr": 0x8000, "aa": 0x0400, "tc": 0x0200, "rd": 0x0100, "ra": 0x0080, "z": 0x0040, "ad": 0x0020, "cd": 0x0010}


# Name, class and type.
Question = tuple[dns.name.Name, dns.rdataclass.RdataClass, dns.rdatatype.RdataType]


class ScenarioError(LabError):
    """A scenario file is invalid; the message says where."""


@dataclass
class Edns:
    version: int = 0
    size: int = 1232
    flags: int = 0


@dataclass
class Scenario:
    place: str
    title: str
    # The query
    questions: list[Question] = field(default_factory=list)
    opcode: int = 0
    flags: int = 0
    edns: list[Edns] = field(default_factory=list)
    options: list[tuple[int, bytes]] = field(default_factory=list)
    key: str | None = None
    transport: str = "udp"
    # Which server
    server: str = "plain"
    only: str | None = None
    # The response
    silence: bool = False
    rcodes: list[str] = field(default_factory=list)
    header: tuple[int, int] | None = None  # bits that must be set, bits that may be
    question_may_be_absent: bool = False
    sections: dict[str, list[str]] = field(default_factory=dict)
    opt: Edns | str | None = None
    gives: list[tuple[int, str]] | None = None
    tsig: tuple[str, str] | None = None
    length: tuple[str, int] | None = None

    def summary(self) -> str:
        parts = [
            ", ".join(
                f"{name} {dns.rdataclass.to_text(of_class)} {dns.rdatatype.to_text(of_type)}"
                for name, of_class, of_type in self.questions
            )
            or "nothing"
        ]
        if self.opcode:
            parts.append(f"opcode {self.opcode}")
        parts += [name for name, bit in HEADER_BITS.items() if self.flags & bit]
        parts += [f"edns version={edns.version} size={edns.size} flags=0x{edns.flags:04x}" for edns in self.edns]
        parts += [f"option {code} {data.hex()}".rstrip() for code, data in self.options]
        return "; ".join([*parts, *([f"key {self.key}"] if self.key else []), f"over {self.transport}"])


def read_file(file: Path, words: dict[str, str]) -> list[Scenario]:
    """`words` replace `{silent}` and the like in the file."""
    scenarios = []
    title: str | None = None
    lines: list[tuple[int, str]] = []
    start = 0
    for number, line in enumerate([*file.read_text().splitlines(), "end"], start=1):
        text = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if not text:
            continue
        if text[0].isspace():
            if title is None:
                raise ScenarioError(f"{file.name}:{number}: a line of no scenario: titles are not indented")
            lines.append((number, text.strip()))
            continue
        if title is not None:
            scenarios += expanded(file.name, start, title, lines, words)
        title, lines, start = text, [], number
    return scenarios


def expanded(file: str, start: int, title: str, lines: list[tuple[int, str]], words: dict[str, str]) -> list[Scenario]:
    """One scenario, or one for each word in its `each` lines."""
    each = [word for _, text in lines if text.split()[0] == "each" for word in text.split()[1:]]
    scenarios = []
    one_without_word: list[str | None] = [None]
    for word in each or one_without_word:
        values = words if word is None else {"each": word} | words
        scenario = Scenario(f"{file}:{start}", title if word is None else f"{title}: {word}")
        for number, text in lines:
            keyword, _, rest = text.partition(" ")
            for name, value in values.items():
                rest = rest.replace(f"{{{name}}}", value)
            if keyword == "each":
                continue
            try:
                KEYWORDS[keyword](scenario, rest.strip())
            except (KeyError, ValueError, dns.exception.DNSException) as error:
                raise ScenarioError(f"{file}:{number}: “{text}” cannot be read: {error!r}") from None
        if not scenario.silence and not scenario.rcodes:
            raise ScenarioError(f"{file}:{start}: neither rcode nor silence")
        scenarios.append(scenario)
    return scenarios


# Reads the rest of a line into a scenario.
Reader = Callable[[Scenario, str], None]


def bits(text: str) -> int:
    return sum(HEADER_BITS[word] for word in text.split())


def edns(text: str) -> Edns:
    made = Edns()
    for word in text.split():
        name, _, value = word.partition("=")
        if name == "version":
            made.version = int(value)
        elif name == "size":
            made.size = int(value)
        elif name == "flags":
            made.flags = sum(0x8000 if flag == "do" else int(flag, 0) for flag in value.split(",") if flag != "none")
        else:
            raise ValueError(word)
    return made


def ask(scenario: Scenario, text: str) -> None:
    if text != "nothing":
        name, of_class, of_type = text.split()
        scenario.questions.append(
            (dns.name.from_text(name), dns.rdataclass.from_text(of_class), dns.rdatatype.from_text(of_type))
        )


def option(scenario: Scenario, text: str) -> None:
    code, _, data = text.partition(" ")
    scenario.options.append((int(code), bytes.fromhex(data)))
    if not scenario.edns:
        scenario.edns.append(Edns())


def header(scenario: Scenario, text: str) -> None:
    may = " ".join(re.findall(r"\[(\w+)\]", text))
    scenario.header = bits(re.sub(r"\[\w+\]", "", text)), bits(may)


def section(name: str) -> Reader:
    def read(scenario: Scenario, text: str) -> None:
        records = scenario.sections.setdefault(name, [])
        if text != "empty":
            records.append(text)

    return read


def gives(scenario: Scenario, text: str) -> None:
    scenario.gives = scenario.gives or []
    if text != "none":
        code, _, data = text.partition(" ")
        scenario.gives.append((int(code), data.replace(" ", "").lower()))


def length(scenario: Scenario, text: str) -> None:
    kind, number = text.rsplit(" ", 1)
    if kind not in ("at most", "multiple of"):
        raise ValueError(kind)
    scenario.length = kind, int(number)


def one_of(attribute: str, *allowed: str) -> Reader:
    def read(scenario: Scenario, text: str) -> None:
        if text not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        setattr(scenario, attribute, text)

    return read


KEYWORDS: dict[str, Reader] = {
    "ask": ask,
    "opcode": lambda scenario, text: setattr(scenario, "opcode", int(text)),
    "flags": lambda scenario, text: setattr(scenario, "flags", bits(text)),
    "edns": lambda scenario, text: scenario.edns.append(edns(text)),
    "option": option,
    "key": lambda scenario, text: setattr(scenario, "key", text),
    "over": one_of("transport", "udp", "tcp", "tls"),
    "server": one_of("server", "plain", "identified"),
    "only": one_of("only", "nuncio"),
    "silence": lambda scenario, text: setattr(scenario, "silence", True),
    "rcode": lambda scenario, text: scenario.rcodes.extend(text.replace("|", " ").split()),
    "header": header,
    "question": lambda scenario, text: setattr(scenario, "question_may_be_absent", text == "may be absent"),
    "answer": section("answer"),
    "authority": section("authority"),
    "additional": section("additional"),
    "opt": lambda scenario, text: setattr(scenario, "opt", text if text in ("none", "any") else edns(text)),
    "gives": gives,
    "tsig": lambda scenario, text: setattr(scenario, "tsig", tuple(text.split())),
    "length": length,
}
