"""Sound domains at random, and random changes of each."""

import uuid
from collections.abc import Callable
from random import Random

from Interop.doctor.cases import Case, Change, Record
from Interop.doctor.mutations import Mutation, addition, removal

BASES = 20
CHANGES_OF_EACH = 3

# Servers of one program have the same files; of two, one may have others.
_PAIRS = (("nsd-1", "nsd-2"), ("knot-1", "knot-2"), ("bind-1", "bind-2"), ("nsd-1", "knot-1"), ("bind-1", "nsd-3"))
_EXTRAS = (
    Record("www", "A", "192.0.2.81"),
    Record("@", "MX", "10 mail"),
    Record("mail", "A", "192.0.2.82"),
    Record("@", "TXT", '"v=spf1 mx -all"'),
    Record("*.apps", "A", "192.0.2.83"),
    Record("@", "CAA", '0 iodef "mailto:security@example.net"'),
    Record("_acme-challenge.other", "TXT", '"made-by-hand"'),
    Record("blog", "CNAME", "www"),
)

KINDS: tuple[Callable[[Mutation], None], ...] = tuple(
    method for name, method in vars(Mutation).items() if not name.startswith(("_", "expect"))
)


def bases(seed: int) -> list[Case]:
    return [_base(Random(seed * 1000 + number), number) for number in range(BASES)]


def mutations(seed: int) -> list[Case]:
    """Each kind comes as often as any other, give or take one."""
    random = Random(seed)
    found = []
    kinds: list[Callable[[Mutation], None]] = []
    for base in bases(seed):
        for number in range(CHANGES_OF_EACH):
            if not kinds:
                kinds = random.sample(KINDS, len(KINDS))
            kind = kinds.pop()
            mutation = Mutation(random, base, number)
            kind(mutation)
            mutation.case.title = kind.__name__.replace("_", " ")
            found.append(mutation.case)
    return found


def _base(random: Random, number: int) -> Case:
    case = Case(f"random-{number}", "a sound domain at random", has_own_target=True)
    case.label = str(uuid.UUID(int=random.getrandbits(128), version=4))
    case.zone.servers, case.target.servers = random.choice(_PAIRS), random.choice(_PAIRS)
    case.zone.changes = [Change(False, record) for record in random.sample(_EXTRAS, random.randint(0, len(_EXTRAS)))]
    below = random.choice(["", "", "www2.", "a.b."])
    case.domain = f"{below}{{zone}}"
    if below:
        challenge = f"_acme-challenge.{below.removesuffix('.')}"
        case.zone.changes += [removal("_acme-challenge", "CNAME"), addition(challenge, "CNAME", "{delegate}.")]
    return case
