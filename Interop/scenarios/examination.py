"""All scenarios, one after the other, and the count."""

from pathlib import Path

from Interop.processes import LabError
from Interop.scenarios import scenario_messages
from Interop.scenarios.acme_dns import AcmeDns
from Interop.scenarios.cookie_twins import compare_cookies
from Interop.scenarios.response_differences import differences
from Interop.scenarios.scenario import Scenario, read_file
from Interop.scenarios.scenario_servers import PEERS, Nuncio, Server

HERE = Path(__file__).resolve().parent


def examine(processes, arguments) -> tuple[int, int]:
    """Returns the number that passed and the number that failed."""
    server = server_under_test(processes, arguments)
    server.start()
    passed = failed = 0
    for file in sorted(HERE.glob("*.txt")):
        of_file = [0, 0, 0]
        for scenario in read_file(file, server.words):
            if arguments.only and arguments.only not in f"{file.name} {scenario.title}":
                continue
            if not is_for(scenario, server):
                of_file[2] += 1
                continue
            wrong = examine_one(scenario, server, arguments.verbose)
            of_file[bool(wrong)] += 1
        print(
            f"{file.name:<24} {of_file[0]:>4} passed {of_file[1]:>4} failed"
            + (f" {of_file[2]:>4} not for {server.name}" if of_file[2] else ""),
            flush=True,
        )
        passed, failed = passed + of_file[0], failed + of_file[1]
    if passed + failed == 0:
        raise LabError("no scenario was asked")
    if server.name == "nuncio" and not arguments.only:
        for name, wrong in compare_cookies(processes, server):
            print(f"cookies of nuncio and {name}: {wrong or 'the same octets'}")
            passed, failed = passed + (not wrong), failed + bool(wrong)
    return passed, failed


def server_under_test(processes, arguments) -> Server:
    if arguments.nuncio:
        return Nuncio(processes, arguments.nuncio)
    if arguments.other == AcmeDns.name:
        return AcmeDns(processes, arguments.program)
    return PEERS[arguments.other](processes)


def is_for(scenario: Scenario, server) -> bool:
    return scenario.only in (None, server.name) and (scenario.transport != "tls" or server.serves_tls)


def examine_one(scenario: Scenario, server, verbose: bool) -> list[str]:
    for records in scenario.sections.values():
        records[:] = map(server.wanted, records)
    query = scenario_messages.query_octets(scenario)
    octets = server.ask(scenario.server, scenario.transport, query, expects_silence=scenario.silence)
    response, wrong = None, []
    if octets is not None:
        try:
            response = scenario_messages.Response(octets)
        except Exception as error:  # whatever dnspython raises for octets that are no message
            wrong = [f"the response cannot be read: {error}"]
    wrong = wrong or differences(scenario, query, response)
    if wrong or verbose:
        print(f"--- {scenario.place}: {scenario.title}")
        print(f"    asked {scenario.summary()}")
        for line in wrong:
            print(f"    wrong: {line}")
        print("    got " + (response.summary() if response else "nothing that can be read" if octets else "silence"))
    return wrong
