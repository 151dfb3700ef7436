"""The server as a process: it listens, says where, and gives way to training."""

from __future__ import annotations

import os
import socket
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvicorn

from latebloom.errors import InputError, shown
from latebloom.store import ColumnReader, Lab
from latebloom.web.access import Access, host_name, is_loopback
from latebloom.web.application import application
from latebloom.web.context import Context

NICENESS = 10
PATIENCE = 2  # seconds for answers under way when the server ends
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve.

    Attributes:
        port: 0 for any that is free.
        host: the address to listen at; another than loopback's needs `names`.
        names: by which names browsers may call the server, beside loopback's.
        control: whether runs may be started, stopped and deleted.
        open_browser: whether to open the page.
    """

    port: int = 0
    host: str = "127.0.0.1"
    names: Sequence[str] = ()
    control: bool = False
    open_browser: bool = False


def check_serving(serving: Serving) -> None:
    """Refuse what would let others in unasked.

    Raises:
        InputError: an address that others reach without a name that they may use, no name of a host, or no port.
    """
    if not 0 <= serving.port <= 65535:
        raise InputError(
            f"--port is {serving.port}; give a number from 1 to 65535, or 0 for any that is free"
        )
    for name in serving.names:
        host_name(name)
    if not is_loopback(serving.host) and not serving.names:
        raise InputError(
            f"--host {shown(serving.host)} lets other machines reach this server; say by which name they may "
            "call it with --allow-host NAME, or leave --host out and use an SSH tunnel"
        )


def serve(lab: Lab, serving: Serving, *, say: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """Serve a lab until a signal asks to stop. `say` is told the address, once; `warn` what is not safe.

    Raises:
        InputError: it cannot listen there.
    """
    check_serving(serving)
    listener = listen(serving.host, serving.port)
    port = listener.getsockname()[1]
    access = Access.at(port, names=serving.names, control=serving.control)
    if not is_loopback(serving.host):
        warn(
            f"other machines can reach this server at {serving.host}:{port}, unencrypted; whoever sees the address "
            "with its token can read the lab" + (" and change it" if serving.control else "")
        )
    give_way()
    name = serving.names[0] if serving.names and not is_loopback(serving.host) else _shown_host(serving.host)
    address = f"http://{name}:{port}/?token={access.token}"
    say(address)
    if serving.open_browser:
        webbrowser.open(address)
    context = Context(lab, access, ColumnReader(lab))
    config = uvicorn.Config(
        application(context),
        http="h11",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    EndingServer(config, context).run(sockets=[listener])
    if going_on := context.jobs.close():
        listed = ", ".join(map(str, going_on))
        warn(
            f"what the page started goes on, as process {listed}; `kill {going_on[0]}` lets it save and stop"
        )


class EndingServer(uvicorn.Server):
    """Ends the streams first: pages listen for ever, and would be waited for."""

    def __init__(self, config: uvicorn.Config, context: Context) -> None:
        super().__init__(config)
        self._context = context

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._context.feed.close()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Open a socket that listens; port 0 takes any that is free.

    Raises:
        InputError: the address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"cannot listen at {shown(host)}, port {port}: {reason}; --port 0 takes a free one"
        ) from None
    return listener


def give_way() -> None:
    """Let every other process go first."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
