"""Whose keys this process believes, learned from accounts' signed state topics and from nobody else."""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily
from lienthong.common.register import to_known
from lienthong.common.sources import ACCOUNTS

if TYPE_CHECKING:
    from lienthong.common.trust.certificates import Register
    from lienthong.common.trust.clients import Clients, TokenKeys
    from lienthong.common.trust.follower import TRUST_METRICS, TrustFollower, TrustNotCurrent
    from lienthong.common.trust.state import TrustState
    from lienthong.common.trust.statements import (
        AccountsStatement,
        StatementOutcome,
        StatementSubject,
        TrustTopics,
        only_header,
        read_statement,
    )
    from lienthong.common.trust.store import open_trust_store
else:
    __getattr__ = lazily(
        __name__,
        {
            "certificates": "Register",
            "clients": "Clients TokenKeys",
            "follower": "TRUST_METRICS TrustFollower TrustNotCurrent",
            "state": "TrustState",
            "statements": "AccountsStatement StatementOutcome StatementSubject TrustTopics only_header read_statement",
            "store": "open_trust_store",
        },
    )

__all__ = [
    "ACCOUNTS",
    "TRUST_METRICS",
    "AccountsStatement",
    "Clients",
    "Register",
    "StatementOutcome",
    "StatementSubject",
    "TokenKeys",
    "TrustFollower",
    "TrustNotCurrent",
    "TrustState",
    "TrustTopics",
    "only_header",
    "open_trust_store",
    "read_statement",
    "to_known",
]
