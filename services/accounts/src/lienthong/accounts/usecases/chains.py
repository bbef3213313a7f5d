"""Certificates brought from outside: whether they lead to an anchor, and what of them is kept."""

from collections.abc import Sequence

from lienthong.accounts.domain.errors import CertificateChainRefused
from lienthong.accounts.usecases.context import Context
from lienthong.common.signing import Certificate, Reason
from lienthong.common.signing.path import Search
from lienthong.common.signing.profile import Usage, check_profile


def complete_chain(
    context: Context, given: Sequence[Certificate], *, usage: Usage = Usage.SIGNATURE, pointer: str = "/certificates"
) -> tuple[Certificate, ...]:
    """The path from the first certificate to an anchor, the anchor itself last.

    Names, signatures and profile are checked here, time and revocation where a signature is verified.
    Raises CertificateChainRefused.
    """
    search = Search(context.trust.anchors, (*given[1:], *context.trust.intermediates))
    path = next(iter(search.paths_from(given[0])), None)
    if path is None:
        raise CertificateChainRefused(search.fault.reason or Reason.FOREIGN_CA, pointer)
    finding = check_profile(path, usage)
    if finding.reason is not None:
        raise CertificateChainRefused(finding.reason, pointer)
    now = context.clock.now()
    if not path[0].is_valid_at(now):
        expired = path[0].not_after < now
        raise CertificateChainRefused(
            Reason.CERTIFICATE_EXPIRED if expired else Reason.CERTIFICATE_NOT_YET_VALID, pointer
        )
    return path
