"""Who may ask: the names of this server, the token of this start, and how both are recognised."""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from latebloom.errors import InputError, shown

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
HTTP_PORT = 80
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must show.

    Attributes:
        hosts: the values that the one Host header may have.
        token: 256 random bits in hexadecimal, new at each start.
        cookie: the name of the cookie that holds the token; another for each port, as browsers share cookies among
            the ports of a host.
        control: whether runs may be started, stopped and deleted.
    """

    hosts: frozenset[str]
    token: str
    cookie: str
    control: bool = False

    @classmethod
    def at(cls, port: int, *, names: Sequence[str] = (), control: bool = False) -> Self:
        """Make the access of a server that listens at this port, to be called by these names beside loopback's.

        Raises:
            InputError: one of the names is no name of a host.
        """
        known = [*LOOPBACK, *(host_name(name) for name in names)]
        hosts = {f"{name}:{port}" for name in known} | (set(known) if port == HTTP_PORT else set[str]())
        return cls(frozenset(hosts), secrets.token_hex(TOKEN_BYTES), f"latebloom-{port}", control)

    def knows_token(self, given: str) -> bool:
        """Tell whether this is the token, in a time that does not tell how much of it was right."""
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode("ascii"))


def host_name(given: str) -> str:
    """Check a name by which a browser may call this server: a host's name, or an address ([::1] in brackets).

    Raises:
        InputError: it is neither; a port is not part of it.
    """
    name = given.lower()
    if HOST_NAME.fullmatch(name):
        return name
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        raise InputError(
            f"--allow-host is {shown(given)}; give a host's name or address without a port, such as lab.example.org"
        ) from None
    return f"[{address}]" if address.version == 6 else str(address)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server that listens at this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
