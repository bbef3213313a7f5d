"""A word of accounts that this program cannot read, a later one's perhaps: what is it about, and how new is it?"""

from typing import Any

from lienthong.common.messages.envelope import Event
from lienthong.common.sources import ACCOUNTS
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.common.trust.statements import AccountsStatement, StatementSubject

_KEYS = {
    StatementSubject.CERTIFICATE: "fingerprint",
    StatementSubject.TOKEN_KEY: "key_id",
    StatementSubject.CLIENT: "client_id",
}


def version_said(statement: AccountsStatement, kind: type[Event[Any]]) -> int | None:
    """The version of a verified statement of this kind, of any major version, about its key; None if it is none."""
    try:
        value = loads(statement.signed.payload)
    except MalformedJson:
        return None
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(data, dict):
        return None
    said, version = value.get("type"), data.get("version")
    fact = kind.TYPE.rpartition(".")[0]
    is_about_key = data.get(_KEYS.get(statement.subject, "")) == statement.key
    if value.get("source") != ACCOUNTS or not isinstance(said, str) or said.rpartition(".")[0] != fact:
        return None
    return version if is_about_key and type(version) is int else None
