"""The servers that are compared over HTTPS: nuncio alone, and nginx in front of a plain nuncio."""

from Interop.bench import accounting
from Interop.bench.contender_configurations import NGINX, NUNCIO_OVER_TLS
from Interop.bench.contenders import Contender, Nuncio
from Interop.bench.workshop import Workshop
from Interop.loopback import is_listening
from Interop.peer_configurations import make_certificate


class NuncioOverTLS(Nuncio):
    name = "nuncio-https"
    scheme = "https"
    webserver = NUNCIO_OVER_TLS


class NginxAndNuncio(Contender):
    """Figures are those of both together."""

    name = "nginx-and-nuncio"
    scheme = "https"

    def __init__(self, workshop: Workshop, count: int, purpose: str) -> None:
        super().__init__(workshop, count, purpose)
        self._behind = Nuncio(workshop, count, f"behind-nginx-{purpose}")

    def start_pinned(self) -> "NginxAndNuncio":
        self._behind.start_pinned()
        super().start_pinned()
        return self

    def stop(self) -> None:
        super().stop()
        self._behind.stop()

    def cpu_nanoseconds(self) -> int:
        return super().cpu_nanoseconds() + self._behind.cpu_nanoseconds()

    def memory(self) -> accounting.Memory:
        own, behind = super().memory(), self._behind.memory()
        return accounting.Memory(own.resident + behind.resident, own.proportional + behind.proportional)

    def _prepare(self) -> list[str]:
        make_certificate(self.processes, ["one.example"])
        (self.folder / "nginx.conf").write_text(
            NGINX.format(folder=self.folder, port=self.http_port, upstream=self._behind.http_port)
        )
        return ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"]

    def _is_ready(self) -> bool:
        return is_listening(self.http_port)
