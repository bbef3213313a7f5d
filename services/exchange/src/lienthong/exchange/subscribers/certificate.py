"""accounts.certificate.v1: kept for those who judge a signature later; admission itself asks the trust follower."""

from lienthong.common.database import Connection
from lienthong.common.inbox import VerifiedEvent
from lienthong.common.messages.accounts import CertificateChanged
from lienthong.exchange.store import certificates


async def on_certificate_changed(connection: Connection, verified: VerifiedEvent[CertificateChanged]) -> None:
    """Keep the newest event about the certificate, signature and all."""
    await certificates.put(connection, verified.event.data, verified.signed)
