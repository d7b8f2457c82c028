"""An older program, built from a commit of this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

from Interop.processes import LabError

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ROOT / ".build-bench"


def built(commit: str) -> Path:
    """The program of a commit in release mode. It is built in a clone in `BUILDS`, and stays there for later runs."""
    full = git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}", failure=f"There is no commit “{commit}”"
    )
    folder = BUILDS / full
    program = folder / ".build" / "release" / "nuncio"
    if program.is_file():
        return program.resolve()
    if shutil.which("swift") is None:
        raise LabError("There is no “swift” on the PATH, with which the older program could be built")
    if not folder.exists():
        clone(full, folder)
    print(f"Building nuncio {full[:12]} in {folder}", file=sys.stderr, flush=True)
    build = ["swift", "build", "--configuration", "release", "--product", "nuncio"]
    # Standard output is for the tables alone.
    if subprocess.run(build, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode != 0:
        raise LabError(f"nuncio {full[:12]} could not be built in {folder}")
    if not program.is_file():
        raise LabError(f"The build of nuncio {full[:12]} made no {program}")
    return program.resolve()


def clone(commit: str, folder: Path) -> None:
    """Only a whole clone gets the name: one that was interrupted is made again."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(exist_ok=True)
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(partial), failure="The repository could not be cloned")
    git("-C", str(partial), "checkout", "--quiet", "--detach", commit, failure=f"{commit} could not be checked out")
    partial.rename(folder)


def git(*arguments: str, failure: str) -> str:
    try:
        ran = subprocess.run(
            ["git", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise LabError(f"git could not be started: {error.strerror}") from None
    if ran.returncode != 0:
        raise LabError("\n".join([failure, ran.stderr]).strip())
    return ran.stdout.strip()
