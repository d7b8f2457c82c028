"""All scenarios, one after the other, and the count."""

import argparse

from Interop.processes import LabError, Processes
from Interop.runs import Run
from Interop.scenarios import scenario_messages
from Interop.scenarios.acme_dns import AcmeDns
from Interop.scenarios.cookie_twins import compare_cookies
from Interop.scenarios.response_differences import differences
from Interop.scenarios.scenario import Scenario, read_file
from Interop.scenarios.scenario_peers import PEERS
from Interop.scenarios.scenario_servers import Nuncio, Server
from Interop.scenarios.scenario_zones import SCENARIOS


def examine(run: Run, arguments: argparse.Namespace) -> None:
    """Counts each scenario as a case of the run."""
    server = server_under_test(run.processes, arguments)
    server.start()
    for file in sorted(SCENARIOS.glob("*.txt")):
        passed = failed = not_for = 0
        for scenario in read_file(file, server.words):
            if arguments.only and arguments.only not in f"{file.name} {scenario.title}":
                continue
            if not is_for(scenario, server):
                not_for += 1
            elif examine_one(scenario, server, arguments.verbose):
                failed += 1
            else:
                passed += 1
        left_out = f" {not_for:>4} not for {server.name}" if not_for else ""
        print(f"{file.name:<24} {passed:>4} passed {failed:>4} failed{left_out}", flush=True)
        run.passed, run.failed = run.passed + passed, run.failed + failed
    if run.passed + run.failed == 0:
        raise LabError("no scenario was asked")
    if server.name == "nuncio" and not arguments.only:
        for name, wrong in compare_cookies(run.processes, server):
            print(f"cookies of nuncio and {name}: {wrong or 'the same octets'}")
            run.passed, run.failed = run.passed + (not wrong), run.failed + bool(wrong)


def server_under_test(processes: Processes, arguments: argparse.Namespace) -> Server:
    if arguments.nuncio:
        return Nuncio(processes, arguments.nuncio)
    if arguments.other == AcmeDns.name:
        return AcmeDns(processes, arguments.program)
    return PEERS[arguments.other](processes)


def is_for(scenario: Scenario, server: Server) -> bool:
    return scenario.only in (None, server.name) and (scenario.transport != "tls" or server.serves_tls)


def examine_one(scenario: Scenario, server: Server, verbose: bool) -> list[str]:
    for records in scenario.sections.values():
        records[:] = map(server.wanted, records)
    query = scenario_messages.query_octets(scenario)
    octets = server.ask(scenario.server, scenario.transport, query, expects_silence=scenario.silence)
    response: scenario_messages.Response | None = None
    wrong: list[str] = []
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
