"""What speaks for the keys that sign audit logs: accounts' statements about services' certificates, and the lists."""

from typing import Final

from lienthong.accounts.store import revocation_lists
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateChanged
from lienthong.common.signing import SignedBytes

_SAID_LAST: Final = """
    SELECT DISTINCT ON (e.subject) e.payload, e.jws
    FROM event AS e JOIN certificate AS c ON c.fingerprint = e.subject
    WHERE e.type = $1 AND c.service IS NOT NULL
    ORDER BY e.subject, e.said_at DESC, e.id DESC
"""


async def witnesses(connection: Connection) -> list[SignedBytes | bytes]:
    """The newest statement about each certificate of a service, and the newest list of each authority."""
    said = await connection.fetch(_SAID_LAST, CertificateChanged.TYPE)
    return [*(SignedBytes(row["payload"], row["jws"]) for row in said), *await revocation_lists.newest(connection)]
