"""Clients that wish for HTTP/2 with each request, and an operator's client that follows queries."""

import http.client
import time
from pathlib import Path

from Interop.processes import LabError, Processes
from Interop.proxies.holders import LONGEST

JAVA = Path(__file__).resolve().parent / "WishingClient.java"


def curl(processes: Processes, port: int) -> list[str]:
    url = f"http://127.0.0.1:{port}/health"
    told = processes.run(
        [
            "curl",
            "--silent",
            "--show-error",
            "--http2",
            "--max-time",
            "30",
            "--write-out",
            "%{http_code} %{time_total}\n",
            url,
            url,
            url,
            "--output",
            "/dev/null",
            "--output",
            "/dev/null",
            "--output",
            "/dev/null",
        ],
        seconds=40,
    ).output
    return [f"curl: {line}" for line in told.splitlines() if line.split()[0] != "200" or float(line.split()[1]) > LONGEST]


def java(processes: Processes, port: int) -> list[str]:
    """Runs a Java program, which prints a status and the milliseconds for each request."""
    try:
        told = processes.run(["java", "-XX:TieredStopAtLevel=1", str(JAVA), f"http://127.0.0.1:{port}"], seconds=60).output
    except LabError as error:
        return [line for line in str(error).splitlines() if not line.startswith("\t")]
    lines = [line.split() for line in told.splitlines()]
    if len(lines) != 40:
        return [f"Java told of {len(lines)} requests instead of 40"]
    return [
        f"Java: {path} {status} after {milliseconds} ms"
        for path, status, milliseconds in lines
        if status != {"/health": "200", "/update": "401"}[path] or int(milliseconds) > LONGEST * 1000
    ]


def trace(port: int, token: str) -> list[str]:
    """The first line comes at once, the next one if there is no query for five seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/v1/trace", headers={"Authorization": f"Bearer {token}"})
    complaints = []
    began = time.monotonic()
    try:
        response = connection.getresponse()
        for which, longest in ("first", LONGEST), ("second", 5 + LONGEST):
            response.readline()
            if time.monotonic() - began > longest:
                complaints.append(f"the {which} line came after {time.monotonic() - began:.1f} s")
    except (OSError, http.client.HTTPException) as error:
        complaints.append(f"no line came: {error!r}")
    connection.close()
    return complaints
