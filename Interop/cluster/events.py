"""What happened in a run. Times are those of the clients' steady clock, in seconds since the start."""

from dataclasses import dataclass, field

ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE = 200, 503, 0


@dataclass(frozen=True, slots=True)
class Update:
    """A value that a client published; `status` is HTTP's, or `UNREACHABLE` if no response came."""

    delegate: str
    value: str
    node: str
    sent: float
    ended: float
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to a question for the TXT records of a delegate."""

    delegate: str
    server: str
    sent: float
    received: float | None  # `None` if no response came
    code: str = ""
    values: frozenset[str] = frozenset()
    extended_errors: tuple[int, ...] = ()
    is_authentic: bool = False  # a resolver has validated it
    is_final: bool = False  # asked after everything was healed

    @property
    def is_denial(self) -> bool:
        return self.code == "NXDOMAIN" or (self.code == "NOERROR" and not self.values)

    @property
    def says_something(self) -> bool:
        return self.received is not None and self.code in ("NOERROR", "NXDOMAIN")


@dataclass(slots=True)
class Fault:
    kind: str
    target: str
    began: float
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to a process."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Healing:
    """How the nodes came together after the last fault; `seconds` is `None` if they did not."""

    seconds: float | None
    places: dict[str, str]


@dataclass
class History:
    updates: list[Update] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    healing: Healing | None = None
    # The resolver that validates; `None` if the zone is not signed.
    validator: str | None = None
    # The exit codes of the commands that changed its keys; `None` for one that was ended.
    key_changes: list[int | None] = field(default_factory=list)
