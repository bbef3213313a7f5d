"""Distinguished names the training CA writes."""

import re
import unicodedata

from cryptography import x509
from cryptography.x509.oid import NameOID

from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

TRAINING = "TRAINING – ĐÀO TẠO"
MAX_NAME_BYTES = 64
"""Upper bound of CN: X.520 counts letters, `cryptography` bytes; a longer name is cut."""
_OPAQUE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_COUNTRY = x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")


def ca_name(name: str, role: str) -> x509.Name:
    """Subject of a training authority."""
    return x509.Name(
        [
            _COUNTRY,
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, clean(name)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TRAINING),
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(f"{TRAINING} {clean(name)} {role}")),
        ]
    )


def holder_name(name: str, *, training: bool) -> x509.Name:
    """Subject of a seal's or a service's certificate; O holds the whole name, CN what fits of it."""
    attributes = [_COUNTRY, x509.NameAttribute(NameOID.ORGANIZATION_NAME, clean(name))]
    if training:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TRAINING))
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, _cut(clean(name)))])


def opaque_name(identifier: str) -> x509.Name:
    """A subject of exactly one CN, which is what Kafka takes its principal from.

    Letters, digits, `.`, `_` and `-` only: a comma or a plus in a CN could pose as a second attribute
    in the text the broker's mapping rules read. Raises MaterialRefused(REQUEST_WRONG_NAME).
    """
    if not _OPAQUE_ID.match(identifier):
        raise MaterialRefused(Reason.REQUEST_WRONG_NAME, f"{identifier!r} cannot be a principal")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identifier)])


def clean(name: str) -> str:
    """NFC, one line, no controls. Raises MaterialRefused(REQUEST_WRONG_NAME)."""
    text = unicodedata.normalize("NFC", name).strip()
    if not text or any(unicodedata.category(letter).startswith("C") for letter in text):
        raise MaterialRefused(Reason.REQUEST_WRONG_NAME, f"{name!r} cannot stand in a subject")
    return text


def _cut(text: str) -> str:
    return text.encode("utf-8")[:MAX_NAME_BYTES].decode("utf-8", errors="ignore").rstrip()
