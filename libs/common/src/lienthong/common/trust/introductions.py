"""How a fresh reader comes to know the first certificate of accounts: it is shown in a statement nobody can verify yet.

Nothing of such a statement is believed. The certificate in it stands for itself: it leads to a configured anchor and
its own name is `lienthong:service:accounts`, which the authority put there.
"""

from collections.abc import Sequence

from lienthong.common.errors import LienthongError
from lienthong.common.messages.accounts import CertificateChanged
from lienthong.common.messages.envelope import read
from lienthong.common.register import NotAnchored, check_anchored, read_x5c
from lienthong.common.signing import Certificate, KnownCertificate, MaterialRefused
from lienthong.common.sources import ACCOUNTS
from lienthong.common.trust.statements import AccountsStatement


def introduced(statement: AccountsStatement, anchors: Sequence[Certificate]) -> KnownCertificate | None:
    """The certificate of accounts that an unverified statement shows, or None."""
    try:
        event = read(statement.signed.payload, CertificateChanged, tolerant=True)
        chain = read_x5c(event.data.x5c)
        if chain[0].source != ACCOUNTS:
            return None
        check_anchored(chain, anchors)
    except (LienthongError, MaterialRefused, NotAnchored):
        return None
    return KnownCertificate(chain[0], chain[1:])
