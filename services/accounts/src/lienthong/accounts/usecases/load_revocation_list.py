"""Take over a revocation list that another authority has made (`certificates crl --file`, or a polled source)."""

from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lienthong.accounts.domain.errors import RevocationListRefused
from lienthong.accounts.store import revocation_lists
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.publish_revocation_list import to_record
from lienthong.common.audit import write_audit
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import RevocationList
from lienthong.common.signing import Certificate, MaterialRefused
from lienthong.common.signing.path import Search
from lienthong.common.trust.lists import read_list

_LARGEST_NUMBER = 2**53 - 1  # what every JSON reader can hold
_MOST_AHEAD = timedelta(minutes=5)


async def load_revocation_list(context: Context, data: bytes, *, who: str) -> RevocationList | None:
    """Publish the list; None where it is the one published last. Raises RevocationListRefused."""
    # 1. It is what it says: signed by an authority that leads to a configured anchor.
    published = _read(context, data)
    now = context.clock.now()
    if published.this_update > now + _MOST_AHEAD:
        raise _refused("có hiệu lực từ một thời điểm chưa đến", "is of a time that has not come")
    async with context.transaction() as connection:
        # 2. It is newer than the last one: an attacker must not take a revocation back with an old list.
        before = await revocation_lists.lock(connection, published.issuer)
        if before is not None and before.crl == published.crl:
            return None
        if before is not None and before.version >= published.version:
            raise _refused("cũ hơn danh sách đã công bố", "is not newer than the one published")
        # 3. Keep it, say it.
        await revocation_lists.save(connection, published)
        thing = f"/revocation-lists/{published.issuer}"
        await write_audit(connection, done(now, who, "revocation_list.load", thing, number=published.version))
        await context.announcements.say(connection, [published])
    return published


def _read(context: Context, data: bytes) -> RevocationList:
    try:
        crl = x509.load_pem_x509_crl(data) if data.lstrip().startswith(b"-----BEGIN") else x509.load_der_x509_crl(data)
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        der = crl.public_bytes(Encoding.DER)
    except x509.ExtensionNotFound:
        raise _refused("thiếu số thứ tự (CRL Number)", "has no CRL number") from None
    except (ValueError, TypeError) as error:
        raise _refused("không đọc được", "cannot be read") from error
    if not 1 <= number <= _LARGEST_NUMBER:
        raise _refused("có số thứ tự ngoài giới hạn", "has a CRL number out of range")
    for chain in _issuers(context, crl.issuer):
        try:
            record = to_record(der, chain, number)
            read_list(record, context.trust.anchors)
        except MaterialRefused:
            continue
        return record
    raise _refused("không do CA được tin cậy ký", "is not signed by an authority of a configured anchor")


def _issuers(context: Context, subject: x509.Name) -> Iterator[tuple[Certificate, ...]]:
    """Authorities of that name, each with what stands between it and its anchor."""
    trust = context.trust
    for authority in (*trust.anchors, *trust.intermediates):
        if authority.x509.subject != subject:
            continue
        if authority in trust.anchors:
            yield (authority,)
        for path in Search(trust.anchors, trust.intermediates).paths_from(authority):
            yield path[:-1]


def _refused(vi: str, en: str) -> RevocationListRefused:
    return RevocationListRefused(Words(f"Danh sách thu hồi {vi}", f"The revocation list {en}"))
