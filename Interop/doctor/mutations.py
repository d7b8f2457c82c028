"""Random changes that break a sound domain, each with what the doctor must name."""

import copy
from random import Random

from Interop.doctor.cases import ACCOUNT, Case, Change, Expectation, Record

# Servers of two programs: one may have other files.
_TWO_PROGRAMS = (("nsd-1", "knot-1"), ("bind-2", "nsd-3"), ("knot-2", "bind-1"), ("nsd-4", "nsd-2"))
_OTHER_ACCOUNT = "https://acme-v02.api.letsencrypt.org/acme/acct/{number}"
_DS_OF_NO_KEY = f"12345 13 2 {'0' * 64}"


def addition(name: str, kind: str, data: str) -> Change:
    return Change(False, Record(name, kind, data))


def removal(name: str, kind: str, data: str = "*") -> Change:
    return Change(True, Record(name, kind, data))


class Mutation:
    """A case that is broken by one of its methods, each of which says what the doctor must name."""

    def __init__(self, random: Random, base: Case, number: int) -> None:
        self.random = random
        self.case = copy.deepcopy(base)
        self.case.name = f"{base.name}-broken-{number}"
        self.zone, self.target = self.case.zone, self.case.target
        below = self.case.domain.removesuffix("{zone}").removesuffix(".")
        self.challenge = f"_acme-challenge.{below}" if below else "_acme-challenge"
        self.persist = f"_validation-persist.{below}" if below else "_validation-persist"

    def expect(self, **statuses: str) -> None:
        for check, status in statuses.items():
            name = check.replace("_", "-")
            self.case.expected[name] = Expectation(status)

    def expect_no_delegate(self) -> None:
        """Where no CNAME is, nothing can be said of the delegates' zone."""
        self.expect(cname="error", delegation="unknown", propagation="unknown")

    def _replace_caa(self, old: str, new: str) -> None:
        value = f'0 issue "letsencrypt.org; accounturi={ACCOUNT}; validationmethods=dns-01"'
        if old not in value:
            raise ValueError(f"“{old}” is not in the record")
        self.zone.changes += [removal("@", "CAA", value), addition("@", "CAA", value.replace(old, new, 1))]

    # cname

    def no_cname(self) -> None:
        self.zone.changes.append(removal(self.challenge, "CNAME"))
        self.expect_no_delegate()

    def other_delegate(self) -> None:
        """One digit of the delegate's name is another one."""
        place = self.random.randrange(8)
        digit = self.random.choice([digit for digit in "0123456789abcdef" if digit != self.case.label[place]])
        wrong = self.case.label[:place] + digit + self.case.label[place + 1 :]
        self.zone.changes += [removal(self.challenge, "CNAME"), addition(self.challenge, "CNAME", f"{wrong}.{{delegates}}.")]
        self.expect(cname="error")

    def text_instead(self) -> None:
        self.zone.changes += [removal(self.challenge, "CNAME"), addition(self.challenge, "TXT", '"made-by-hand"')]
        self.expect_no_delegate()

    def longer_way(self) -> None:
        """The name leads through others of the customer, to one that is no delegate."""
        steps = [f"step{number}" for number in range(self.random.randint(1, 5))]
        self.zone.changes.append(removal(self.challenge, "CNAME"))
        self.zone.changes += [
            addition(name, "CNAME", target) for name, target in zip([self.challenge, *steps], [*steps, "end"], strict=True)
        ]
        self.zone.changes.append(addition("end", "A", "192.0.2.84"))
        self.expect(cname="error")

    def own_zone(self) -> None:
        self.zone.changes.append(removal(self.challenge, "CNAME"))
        self.zone.below[self.challenge] = []
        self.expect_no_delegate()
        self.expect(other_ways="warning")

    # cname-everywhere

    def one_server_old(self) -> None:
        self.zone.servers = self.random.choice(_TWO_PROGRAMS)
        changes = [removal(self.challenge, "CNAME")]
        if self.random.random() < 0.5:
            changes.append(addition(self.challenge, "CNAME", "older.{delegates}."))
        # Of four addresses two say each; three that say the right thing are more.
        self.zone.servers = (*self.zone.servers, "knot-1" if "knot-1" not in self.zone.servers else "bind-2")
        self.zone.at[self.zone.servers[1]] = changes
        self.expect(cname_everywhere="error")

    def one_server_useless(self) -> None:
        useless = self.random.choice(["refusing", "failing", "dead", "upwards", "nowhere"])
        # BIND would not load a zone with a name server that has no address.
        self.zone.servers = (self.random.choice(["nsd-1", "knot-1"]), useless)
        self.expect(cname_everywhere="warning")

    # delegation

    def target_server_useless(self) -> None:
        useless, status = self.random.choice(
            [
                ("refusing", "error"),
                ("failing", "error"),
                ("dead", "error"),
                ("nowhere", "error"),
                ("udp-alone", "error"),
                ("tcp-alone", "error"),
                ("not-authoritative", "error"),
                ("without-edns", "warning"),
                ("lower-case", "warning"),
            ]
        )
        self.target.servers = (self.random.choice(["nsd-1", "knot-1"]), useless)
        self.expect(delegation=status)

    def target_glue(self) -> None:
        server = self.random.choice(["ns1", "ns2"])
        self.target.above.append(removal(server, "*"))
        is_wrong = self.random.random() < 0.5
        if is_wrong:
            # There is a server with the zone, but the zone gives another address.
            self.target.above.append(addition(server, "A", "198.51.100.13"))
            self.target.at["nsd-3"] = []
        # Without any address the other server is found.
        self.expect(delegation="error" if is_wrong else "warning")

    def target_name_servers(self) -> None:
        self.target.changes.append(addition("@", "NS", f"ns{self.random.randint(1, 2)}.delegates.lab."))
        self.expect(delegation="warning")

    # propagation

    def target_behind(self) -> None:
        self.target.servers = self.random.choice(_TWO_PROGRAMS)
        serial = 2026113001 - self.random.randint(1, 1000)
        changes = [removal("@", "SOA"), addition("@", "SOA", f"ns1 hostmaster {serial} 3600 600 604800 60")]
        has_values = self.random.random() < 0.5
        if not has_values:
            changes.append(removal("{label}", "TXT"))
        self.target.at[self.target.servers[1]] = changes
        self.expect(propagation="warning" if has_values else "error")

    # caa

    def no_caa(self) -> None:
        self.zone.changes.append(removal("@", "CAA"))
        self.expect(caa="warning")
        self.case.is_open = True

    def other_account(self) -> None:
        self._replace_caa(ACCOUNT, _OTHER_ACCOUNT.format(number=self.random.randint(2000, 10**9)))
        self.expect(caa="error")
        self.case.is_open = True  # to that account

    def account_misspelt(self) -> None:
        """A letter of “accounturi” is missing, twice there, another one, or a capital."""
        self._replace_caa("accounturi", self._misspelt("accounturi"))
        self.expect(caa="warning", caa_spelling="error")
        self.case.is_open = True

    def methods_misspelt(self) -> None:
        self._replace_caa("validationmethods", self._misspelt("validationmethods"))
        self.expect(caa_spelling="error")

    def _misspelt(self, word: str) -> str:
        place = self.random.randrange(len(word))
        letter = self.random.choice("bdfgjkpqwxz")
        return self.random.choice(
            [
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + letter + word[place + 1 :],
                word[:place] + word[place].upper() + word[place + 1 :],
            ]
        )

    def issuer_capital(self) -> None:
        place = self.random.choice([place for place, letter in enumerate("letsencrypt.org") if letter != "."])
        name = "letsencrypt.org"
        self._replace_caa(name, name[:place] + name[place].upper() + name[place + 1 :])
        self.expect(caa="error", caa_spelling="error")

    def laxer_wildcard(self) -> None:
        self.zone.changes.append(addition("@", "CAA", '0 issuewild "letsencrypt.org"'))
        self.expect(caa_wildcard="warning")
        self.case.is_open = True

    # dnssec

    def signatures_end(self) -> None:
        plan, is_customer = self.random.choice([(self.zone, True), (self.target, False)])
        has_ended = self.random.random() < 0.5
        plan.signed = str(-self.random.randint(1, 20) if has_ended else self.random.choice([0.5, 1, 2, 2.9]))
        self.expect(dnssec="error" if has_ended else "warning")
        if has_ended and is_customer:
            self.expect(caa="error")

    def delegation_signer(self) -> None:
        plan, is_customer = self.random.choice([(self.zone, True), (self.target, False)])
        is_replaced = self.random.random() < 0.5
        plan.above += [*([removal("@", "DS")] if is_replaced else []), addition("@", "DS", _DS_OF_NO_KEY)]
        self.expect(dnssec="error" if is_replaced else "warning")
        if is_replaced and is_customer:
            self.expect(caa="error")

    def forged_value(self) -> None:
        self.target.afterwards += [
            removal("{label}", "TXT"),
            addition("{label}", "TXT", '"Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2VkLWZvcmc"'),
        ]
        self.expect(dnssec="error")

    # other-ways

    def persistent(self) -> None:
        account = _OTHER_ACCOUNT.format(number=self.random.randint(2000, 10**9))
        more = self.random.choice(["", "; policy=wildcard", "; persistUntil=4000000000"])
        self.zone.changes.append(addition(self.persist, "TXT", f'"letsencrypt.org; accounturi={account}{more}"'))
        self.expect(other_ways="warning")

    def account_label(self) -> None:
        self.zone.changes.append(addition(f"{{account-label}}.{self.challenge}", "CNAME", "{delegate}."))
        self.expect(other_ways="info")
