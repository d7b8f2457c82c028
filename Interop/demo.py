"""The whole way to a certificate, step by step. Start it with ./demo, which prepares what it needs."""

import argparse
import re
import shutil
import sys
import textwrap
import time

from Interop.certificates import verify_chain, verify_names
from Interop.clients import Certbot
from Interop.nuncio_server import ZONE
from Interop.processes import LabError
from Interop.resolver import PARENT_ZONE
from Interop.runs import program
from Interop.secure_lab import INSIDE, OUTSIDE, SecureLab

DOMAIN = PARENT_ZONE


class Story:
    """Prints a numbered sentence, the command as a person would type it, and the important part of its output."""

    def __init__(self) -> None:
        self._step = 0

    def say(self, sentence: str) -> None:
        self._step += 1
        print("\n" + textwrap.fill(f"{self._step}. {sentence}", 100, subsequent_indent="   "), flush=True)

    def command(self, line: str) -> None:
        """Folds long lines before options, so that they can still be pasted."""
        if len(line) > 100:
            parts = re.split(r" (?=--?[a-z-]+ |\+[a-z]+|2?>)", line)
            folded = [parts[0]]
            for part in parts[1:]:
                if len(folded[-1]) + len(part) < 96:
                    folded[-1] += " " + part
                else:
                    folded.append("    " + part)
            line = " \\\n     ".join(folded)
        print(f"   $ {line}", flush=True)

    def output(self, text: str) -> None:
        for line in text.strip().splitlines():
            print(f"     {line}".rstrip(), flush=True)


def tell(lab: SecureLab, story: Story) -> None:
    story.command(f"cd {lab.directory}")

    story.say(
        f"Nuncio starts. It answers DNS for {ZONE}. Its API has no certificate yet, and until it has one each request gets 503."
    )
    lab.start_nuncio()
    story.output(lab.nuncio.ready_line() or "")
    story.say("This is its whole configuration.")
    show_file(lab, story, "nuncio.yaml")

    story.say(
        f"The certificate will be for {INSIDE}, in Nuncio's own zone, and for {OUTSIDE}. That one needs a record in the "
        "zone of its owner, and Nuncio says which."
    )
    challenge = lab.certificate_output("status")
    story.output(challenge)
    outside = re.search(rf"_acme-challenge\.{re.escape(OUTSIDE)}\. CNAME (\S+)\.", challenge)
    if not outside:
        raise LabError(f"nuncio certificate status does not tell the CNAME:\n{challenge}")
    lab.parent_zone.add_cname(OUTSIDE, outside[1])
    show_file(lab, story, lab.parent_zone.file_name)

    story.say(
        "Unbound starts as the certificate authority's resolver: strict QNAME minimisation, random case "
        f"in names, negative caching. It knows {DOMAIN} from that file and asks nuncio for {ZONE}."
    )
    lab.start_resolver()
    story.say("Pebble starts. It is an ACME server as Let's Encrypt has one, and validates through Unbound.")
    lab.start_authority()
    story.say("Pebble's management interface gives the root of this run, which the clients are told to trust.")
    lab.trust_root()

    story.say("Nuncio would try again by itself. Told to, it obtains its certificate now, and shows it.")
    story.output(lab.certificate_output("renew"))

    story.say(
        f"The owner of {DOMAIN} registers. Nuncio makes a delegate, a name of its own zone where only "
        "they can publish challenge values, and prints the credential in the client's own format."
    )
    client = Certbot(lab, DOMAIN)
    story.output(client.register())

    story.say("They add that one record to their own zone, once. Nobody needs access to the zone again.")
    lab.parent_zone.add_cname(DOMAIN, client.delegate)
    show_file(lab, story, lab.parent_zone.file_name)

    lab.resolver.read_zones_again(DOMAIN)

    story.say(
        "No challenge value has been published yet, but the name exists already: NOERROR, not NXDOMAIN. "
        "A resolver that asks too early learns nothing that would be in the way later."
    )
    show_challenge(lab, story)

    story.say("certbot's acme-dns plugin is told where nuncio is and which credential to use.")
    client.write_settings()
    show_file(lab, story, client.settings)

    story.say(
        f"certbot asks for a certificate for {DOMAIN} and *.{DOMAIN}. Its plugin publishes two challenge "
        "values through nuncio's API, which takes them because of the credential."
    )
    issued = client.issue()
    story.output(client.last_output.partition("This certificate expires")[0])

    story.say("Both values are there for anyone to look up, through the CNAME.")
    show_challenge(lab, story)

    story.say(
        "Is it a real certificate? openssl verifies the chain: the certificate, the intermediate that came with it, that root."
    )
    story.output(verify_chain(lab, issued))
    story.say("And these are the names in it.")
    story.output(verify_names(lab, issued, client.names))


def show_file(lab: SecureLab, story: Story, name: str) -> None:
    story.output(lab.processes.run(["cat", name]).output)


def show_challenge(lab: SecureLab, story: Story) -> None:
    output = lab.resolver.query(f"_acme-challenge.{DOMAIN}", "TXT", "+noall", "+comments", "+answer")
    status = re.search(r"status: (\w+)", output)
    story.output(
        "\n".join(
            [
                f"status: {status[1]}" if status else "no status",
                *(line for line in output.splitlines() if line and not line.startswith(";")),
            ]
        )
    )
    if not status or status[1] != "NOERROR":
        raise LabError(f"_acme-challenge.{DOMAIN} should exist")


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--nuncio", required=True, type=program, metavar="PATH", help="the program to show")
    parser.add_argument("--keep", action="store_true", help="leave the files of the run where they are")
    arguments = parser.parse_args()

    start = time.monotonic()
    verified = False
    lab = SecureLab(arguments.nuncio, "nuncio-demo-", (story := Story()).command)
    try:
        with lab:
            tell(lab, story)
            verified = True
    except LabError as error:
        print(f"\nThat went wrong:\n{error}", file=sys.stderr)
    finally:
        print("\nEverything that was started has ended.")
        if verified and not arguments.keep:
            shutil.rmtree(lab.directory)
        else:
            print(f"Files are in {lab.directory}, logs in {lab.processes.logs}")
    if verified:
        print(f"The certificate for {DOMAIN} and *.{DOMAIN} was verified; all of it took {time.monotonic() - start:.0f} s.")
    return 0 if verified else 1


if __name__ == "__main__":
    sys.exit(main())
