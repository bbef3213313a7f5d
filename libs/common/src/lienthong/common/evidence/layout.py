"""Names of the entries of an evidence file; docs/evidence.md tells what each of them holds."""

import re
from typing import Final

MANIFEST: Final = "manifest.json"
MANIFEST_JWS: Final = "manifest.jws"
SUMMARY: Final = "summary.html"
DOCUMENT: Final = "document"
HEAD: Final = "inbox/head"
LINKS: Final = "inbox/links.json"
DELIVERY_RECEIPT: Final = "inbox/delivery_receipt"
REGISTER: Final = "register/"
STATEMENT: Final = re.compile(r"register/[A-Za-z0-9_-]{43}\.json")
LISTS: Final = "revocation/"
LIST: Final = re.compile(r"revocation/[A-Za-z0-9_-]{43}-[0-9]{1,20}\.crl")
BLOCKS: Final = "audit/"
MESSAGES: Final = "messages/"


def message_folder(place: int) -> str:
    """Folder of the message `place`, counted from 1."""
    return f"{MESSAGES}{place:04}"


def block_folder(block: int) -> str:
    """Folder of a block of the audit log."""
    return f"{BLOCKS}{block}"


def register_entry(fingerprint: str) -> str:
    """What accounts said of a certificate, without its ending."""
    return f"{REGISTER}{fingerprint}"


def list_entry(issuer: str, number: int) -> str:
    """A revocation list."""
    return f"{LISTS}{issuer}-{number}.crl"
