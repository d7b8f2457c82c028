"""Caddy and nginx in front of Nuncio, as docs/deployment.md says, but without TLS."""

import re
from pathlib import Path

from Interop.loopback import is_listening
from Interop.places import DOCUMENTS
from Interop.processes import LabError, Prepared, Processes, free_port

GUIDE = DOCUMENTS / "deployment.md"


class Caddy:
    name = "Caddy"

    def __init__(self, processes: Processes, http_port: int) -> None:
        def prepare() -> Prepared:
            self.port = free_port()
            site = block("caddyfile").replace("auth.example.net", f"http://127.0.0.1:{self.port}")
            (processes.directory / "Caddyfile").write_text(
                "{\n    admin off\n    auto_https off\n}\n" + site.replace("127.0.0.1:8080", f"127.0.0.1:{http_port}")
            )
            return ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], None

        processes.start_server("caddy", prepare, lambda: is_listening(self.port))


class Nginx:
    """nginx, with the operator's API at a second port, set up in the same way."""

    name = "nginx"

    def __init__(self, processes: Processes, http_port: int, operator_url: str) -> None:
        def prepare() -> Prepared:
            self.port, self.operator_port = free_port(), free_port()
            operators = operator_url.removeprefix("http://")
            sites = [site("nuncio", self.port, f"127.0.0.1:{http_port}"), site("operators", self.operator_port, operators)]
            (processes.directory / "nginx.conf").write_text(
                f"daemon off;\nmaster_process off;\npid {processes.directory}/nginx.pid;\nerror_log stderr;\n"
                "events {}\nhttp {\naccess_log off;\n" + temporary_folders(processes.directory) + "".join(sites) + "}\n"
            )
            return ["nginx", "-p", str(processes.directory), "-c", "nginx.conf", "-e", "stderr"], None

        processes.start_server("nginx", prepare, lambda: is_listening(self.port))


def site(name: str, port: int, upstream: str) -> str:
    text = re.sub(r"(?m)^\s*(ssl_certificate|server_name).*\n", "", block("nginx"))
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("127.0.0.1:8080", upstream)
    return text.replace("upstream nuncio", f"upstream {name}").replace("http://nuncio", f"http://{name}")


def temporary_folders(directory: Path) -> str:
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    return "".join(f"{kind}_temp_path {directory}/nginx-{kind};\n" for kind in kinds)


def block(language: str) -> str:
    """The lines in docs/deployment.md that set the proxy up."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    if not found:
        raise LabError(f"docs/deployment.md has no block of {language}")
    return found[1]
