"""Where a webhook may lead: the form of its URL, and which addresses may be connected to.

Whoever registers a URL chooses what the exchange connects to, from inside the platform's network. So the URL is read in
one way only, strictly, and what was read is what is connected to: no second parser ever looks at the text. A name is
no promise either: it is resolved when the connection is made, and the address itself is judged (`is_public`).
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Literal
from urllib.parse import urlsplit

from lienthong.common.errors import Words
from lienthong.exchange.domain.webhook_errors import EndpointRefused

LONGEST_URL: Final = 1000

Address = IPv4Address | IPv6Address

_VISIBLE = re.compile(r"[!-~]+")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(:\d{1,5})?")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}

# The registries of special-purpose addresses (RFC 6890, as IANA keeps them); what they hold is no agency's endpoint.
_NOT_PUBLIC_V4: Final = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_GLOBAL_V6: Final = IPv6Network("2000::/3")
"""All that is routed on the internet. Outside lie loopback, mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96 and its local
/48), unique local, link-local and multicast addresses: no list of them can forget one."""
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)  # protocol assignments with Teredo and ORCHID, documentation, 6to4 (holds an IPv4 address), AS112, documentation


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """What an installation allows. `anywhere`: http too, every address and every port (training)."""

    anywhere: bool = False
    ports: frozenset[int] = frozenset({443})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that was read: what is connected to, and what is asked for there."""

    scheme: Literal["https", "http"]
    host: str
    """A name in lower case, or an address without brackets."""
    port: int
    target: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """Host and port as the Host header names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its one form."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @classmethod
    def read(cls, text: str, policy: EndpointPolicy) -> "Endpoint":
        """The endpoint that a URL names. Raises EndpointRefused."""
        if not _VISIBLE.fullmatch(text) or len(text) > LONGEST_URL or "\\" in text or _PERCENT.search(text):
            raise _refused("chỉ gồm chữ ASCII nhìn thấy được, tối đa 1000", "visible ASCII only, at most 1000")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _refused("không đọc được", "it cannot be read") from error
        scheme = _scheme(parts.scheme, policy)
        if "@" in parts.netloc:
            raise _refused("không ghi tài khoản, mật khẩu", "no user and no password")
        if "#" in text:
            raise _refused("không có phân mảnh (#)", "no fragment (#)")
        if not _NETLOC.fullmatch(parts.netloc):
            raise _refused("không đọc được", "it cannot be read")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(scheme, _host(host, parts.netloc, policy), _port(port, scheme, policy), target)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the internet, and to nothing that is the platform's own or special."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def may_connect(address: Address, policy: EndpointPolicy) -> bool:
    """Whether a connection to this very address may be made."""
    return policy.anywhere or is_public(address)


def literal(host: str) -> Address | None:
    """The address that a host of an `Endpoint` is; None where it is a name."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return None


def _scheme(scheme: str, policy: EndpointPolicy) -> Literal["https", "http"]:
    if scheme == "https":
        return "https"
    if scheme == "http" and policy.anywhere:
        return "http"
    raise _refused("phải là https", "it must be https")


def _port(port: int | None, scheme: str, policy: EndpointPolicy) -> int:
    port = _DEFAULT_PORTS[scheme] if port is None else port
    if port == 0 or not (policy.anywhere or port in policy.ports):
        allowed = ", ".join(map(str, sorted(policy.ports)))
        raise _refused(f"cổng phải là {allowed}", f"the port must be one of {allowed}")
    return port


def _host(host: str, netloc: str, policy: EndpointPolicy) -> str:
    if netloc.startswith("["):
        address = _address_v6(host)
    elif _NUMBER.fullmatch(host.rpartition(".")[2]):
        address = _address_v4(host)
    else:
        _check_name(host)
        return host
    if not may_connect(address, policy):
        raise _refused("địa chỉ nội bộ hoặc dành riêng", "a private or reserved address")
    return str(address)


def _address_v6(host: str) -> IPv6Address:
    try:
        return IPv6Address(host)
    except AddressValueError as error:
        raise _refused("địa chỉ IPv6 sai", "the IPv6 address is malformed") from error


def _address_v4(host: str) -> IPv4Address:
    """In its one form: 2130706433, 0177.0.0.1, 0x7f.1 and 127.1 are addresses to some readers, and are refused."""
    try:
        return IPv4Address(host)
    except AddressValueError as error:
        raise _refused("địa chỉ IPv4 phải là bốn số thập phân", "an IPv4 address is four decimal numbers") from error


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(
            "tên máy sai (tên Unicode viết dạng xn--, không có dấu chấm cuối)",
            "the host's name is malformed (write Unicode names as xn--, no dot at the end)",
        )


def _refused(vi: str, en: str) -> EndpointRefused:
    return EndpointRefused(Words(f"Địa chỉ webhook: {vi}", f"The address of the webhook: {en}"))
