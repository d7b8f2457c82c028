"""Folders and programs of this checkout."""

from pathlib import Path

INTEROP = Path(__file__).resolve().parent
ROOT = INTEROP.parent
DOCUMENTS = ROOT / "docs"
# The programs of the two environments that the prepare.sh here and the one of the small internet install.
PROGRAMS = ROOT / ".lab" / "venv" / "bin"
INTERNET_PROGRAMS = ROOT / ".lab" / "internet-venv" / "bin"
