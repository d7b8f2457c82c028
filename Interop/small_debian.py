"""A small Debian 12 in a folder, as Packaging/deb/small-debian.sh unpacks it: a machine that shares the network of this one."""

import configparser
import shutil
import socket
import subprocess
from pathlib import Path

from Interop.nuncio_server import NuncioServer
from Interop.places import ROOT
from Interop.processes import Finished, LabError, Prepared, Processes

ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "HOME": "/root",
}
HOME = "/root"
UNIT = "lib/systemd/system/nuncio.service"
NOTIFY_SOCKET = "/run/notify"


def unpack(folder: Path) -> None:
    """Outside the namespace: the first time, it is downloaded."""
    subprocess.run([ROOT / "Packaging" / "deb" / "small-debian.sh", folder], stdin=subprocess.DEVNULL, check=True)


class SmallDebian:
    """Its mounts end with the namespace in which it is made."""

    def __init__(self, processes: Processes, root: Path, resolver: str) -> None:
        self._processes = processes
        self.root = root
        (root / "etc" / "resolv.conf").write_text(f"nameserver {resolver}\n")
        processes.run(["mount", "-t", "proc", "proc", str(root / "proc")])
        processes.run(["mount", "--bind", "/dev", str(root / "dev")])

    def put(self, file: Path, path: str) -> None:
        """A copy that everybody on the machine can read, at an absolute path of it."""
        target = self.root / path.lstrip("/")
        shutil.copy(file, target)
        target.chmod(0o644)

    def run(self, command: list[str]) -> Finished:
        """As root, in root's folder."""
        return self._processes.run([*self.entering(HOME, {}), *command], announced=False, seconds=60)

    def entering(self, folder: str, environment: dict[str, str]) -> list[str]:
        """The start of a command that runs on the machine, in this folder of it."""
        settings = [f"{key}={value}" for key, value in {**ENVIRONMENT, **environment}.items()]
        return ["chroot", str(self.root), "/usr/bin/env", "--ignore-environment", f"--chdir={folder}", *settings]


class PackagedServer(NuncioServer):
    """The server of the package, as its unit starts it. This program stands in for systemd.

    Of the unit it obeys the command, the user, the folders, the umask and the capabilities, and waits for READY=1
    (sd_notify(3)). It does not confine the server to a part of the file system and of the system calls.
    """

    def __init__(self, processes: Processes, machine: SmallDebian, url: str) -> None:
        self._machine, self._url = machine, url
        self._notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        path = machine.root / NOTIFY_SOCKET.lstrip("/")
        self._notifications.bind(str(path))
        path.chmod(0o666)
        super().__init__(processes, "nuncio")

    @property
    def url(self) -> str:
        return self._url

    def _prepare(self) -> Prepared:
        service = read_unit(self._machine.root)
        user, folder = service["User"], service["StateDirectory"]
        self._machine.run(
            [
                "install",
                "--directory",
                f"--owner={user}",
                f"--group={user}",
                f"--mode={service['StateDirectoryMode']}",
                f"/var/lib/{folder}",
            ]
        )
        capabilities = ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in service["AmbientCapabilities"].split())
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs"]
        as_user += [f"--{which}=-all,{capabilities}" for which in ("inh-caps", "ambient-caps", "bounding-set")]
        shell = f"umask {service['UMask']} && exec {service['ExecStart']}"
        entering = self._machine.entering(service["WorkingDirectory"], {"NOTIFY_SOCKET": NOTIFY_SOCKET})
        return [*entering, *as_user, "sh", "-c", shell], None

    def _is_ready(self) -> bool:
        try:
            return "READY=1" in self._notifications.recv(4096).decode().splitlines()
        except BlockingIOError:
            return False


def read_unit(root: Path) -> configparser.SectionProxy:
    """The section for the service of the installed unit; a key that is there twice has its last value."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    if not unit.read(root / UNIT):
        raise LabError("The package has installed no nuncio.service")
    return unit["Service"]
