"""Writes the manual pages of nuncio's commands, one for each, from what the program says of itself.

nuncio --experimental-dump-help | Packaging/deb/manpages.py --version 1.0.0 --date 2026-11-30 --output man1
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = ("EXAMPLE:", "EXAMPLES:")
EXIT_CODES = "EXIT CODES:"


@dataclass
class Command:
    """A command with the texts of its help."""

    words: list[str]
    abstract: str
    prose: list[str]
    examples: list[str]
    exit_codes: list[tuple[str, str]]
    arguments: list[dict[str, Any]]
    subcommands: list["Command"]

    @property
    def page(self) -> str:
        return "-".join(self.words)

    @property
    def line(self) -> str:
        return " ".join(self.words)


def read_command(description: dict[str, Any], above: list[str]) -> Command:
    words = [*above, description["commandName"]]
    prose, examples, exit_codes = sections(description.get("discussion", ""))
    return Command(
        words=words,
        abstract=description.get("abstract", ""),
        prose=prose,
        examples=examples,
        exit_codes=exit_codes,
        arguments=[argument for argument in description.get("arguments", []) if argument["shouldDisplay"]],
        subcommands=[
            read_command(below, words)
            for below in description.get("subcommands", [])
            if below["shouldDisplay"] and below["commandName"] != "help"
        ],
    )


def sections(discussion: str) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Prose, examples and exit codes: a heading stands alone in its line, and what belongs to it is indented."""
    prose: list[str] = []
    examples: list[str] = []
    exit_codes: list[tuple[str, str]] = []
    heading = ""
    for line in discussion.splitlines():
        if line in EXAMPLES or line == EXIT_CODES:
            heading = line
        elif heading and line.startswith("  "):
            if heading == EXIT_CODES:
                code, _, meaning = line.strip().partition(" ")
                exit_codes.append((code, meaning.strip()))
            else:
                examples.append(line[2:])
        elif heading and not line and heading in EXAMPLES:
            examples.append("")
        else:
            heading = ""
            prose.append(line)
    while examples and not examples[-1]:
        examples.pop()
    return prose, examples, exit_codes


def escaped(text: str) -> str:
    """Text for roff: no line is a request, and hyphens, quotes and backslashes are those that one types."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("~", "\\(ti")
    text = text.replace("^", "\\(ha")
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def name_of(name: dict[str, str]) -> str:
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def usage(argument: dict[str, Any]) -> str:
    value = f"\\fI{escaped(argument.get('valueName', ''))}\\fR"
    if argument["kind"] == "positional":
        text = value
    else:
        text = f"\\fB{escaped(name_of(argument['preferredName']))}\\fR"
        if argument["kind"] == "option":
            text += f" {value}"
    if argument["isRepeating"]:
        text += " ..."
    return f"[{text}]" if argument["isOptional"] else text


def is_common(argument: dict[str, Any]) -> bool:
    return argument.get("valueName") in ("help", "version") and argument["kind"] == "flag"


def entry(argument: dict[str, Any]) -> list[str]:
    value = f"\\fI{escaped(argument.get('valueName', ''))}\\fR"
    if argument["kind"] == "positional":
        head = value
    else:
        names = ", ".join(f"\\fB{escaped(name_of(name))}\\fR" for name in argument["names"])
        head = f"{names} {value}" if argument["kind"] == "option" else names
    text = argument.get("abstract", "")
    if values := argument.get("allValues"):
        text += f" One of: {', '.join(values)}."
    if default := argument.get("defaultValue"):
        text += f" Default: {default}."
    return [".TP", head, escaped(text.strip()), *paragraphs(argument.get("discussion", "").splitlines())]


def paragraphs(lines: list[str]) -> list[str]:
    out: list[str] = []
    for line in lines:
        if line.strip():
            out.append(escaped(line.strip()))
        elif out and out[-1] != ".PP":
            out.append(".PP")
    while out and out[-1] == ".PP":
        out.pop()
    return out


def page(command: Command, root: Command, version: str, date: str) -> str:
    out = [
        f'.TH "{escaped(command.page.upper())}" 1 "{date}" "nuncio {escaped(version)}" "Nuncio"',
        ".SH NAME",
        f"{escaped(command.page)} \\- {escaped(command.abstract.rstrip('.'))}",
        ".SH SYNOPSIS",
    ]
    if command.subcommands:
        out += [f"\\fB{escaped(command.line)}\\fR \\fIcommand\\fR [\\fIarguments\\fR]"]
    else:
        usages = [usage(argument) for argument in command.arguments if not is_common(argument)]
        out += [" ".join([f"\\fB{escaped(command.line)}\\fR", *usages])]
    out += [".SH DESCRIPTION", escaped(command.abstract), ".PP", *paragraphs(command.prose)]
    if out[-1] == ".PP":
        out.pop()
    if command.subcommands:
        out += [".SS Commands"]
        for below in command.subcommands:
            out += [".TP", f"\\fB{escaped(below.page)}\\fR(1)", escaped(below.abstract)]
    out += [".SH OPTIONS"]
    for argument in command.arguments:
        out += entry(argument)
    if command.examples:
        out += [".SH EXAMPLES", ".nf", *[escaped(line) for line in command.examples], ".fi"]
    out += [".SH EXIT STATUS"]
    for code, meaning in root.exit_codes:
        out += [".TP", f"\\fB{escaped(code)}\\fR", escaped(meaning[0].upper() + meaning[1:] + ".")]
    others = [root.page] if command is not root else []
    others += [".".join(command.words[:-1]).replace(".", "-")] if len(command.words) > 2 else []
    others += [below.page for below in command.subcommands]
    if others:
        out += [".SH SEE ALSO", ",\n".join(f"\\fB{escaped(other)}\\fR(1)" for other in dict.fromkeys(others))]
    return "\n".join(out) + "\n"


def write(command: Command, root: Command, options: argparse.Namespace) -> int:
    text = page(command, root, options.version, options.date)
    (options.output / f"{command.page}.1").write_text(text, encoding="utf-8")
    return 1 + sum(write(below, root, options) for below in command.subcommands)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    parser.add_argument("--output", required=True, type=Path, help="the folder for the pages")
    options = parser.parse_args()
    help_of_all = json.load(sys.stdin)
    if help_of_all["serializationVersion"] != 0:
        sys.exit(f"the program's help has the form {help_of_all['serializationVersion']}; this script reads 0")
    root = read_command(help_of_all["command"], [])
    if not root.exit_codes:
        sys.exit(f"the help of {root.page} has no “{EXIT_CODES}”")
    options.output.mkdir(parents=True, exist_ok=True)
    print(f"{write(root, root, options)} manual pages")


if __name__ == "__main__":
    main()
