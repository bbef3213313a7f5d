"""Certificates brought from outside: whether they lead to an anchor, and what of them is kept."""

from collections.abc import Sequence

from lienthong.accounts.usecases.context import Context
from lienthong.common.signing import Certificate, MaterialRefused, Reason
from lienthong.common.signing.path import Search
from lienthong.common.signing.profile import Usage, check_profile


def complete_chain(context: Context, given: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The path from the first certificate to an anchor, the anchor itself last.

    Names, signatures, profile and the first one's validity are checked here, revocation where a signature is verified.
    Raises MaterialRefused.
    """
    search = Search(context.trust.anchors, (*given[1:], *context.trust.intermediates))
    path = next(iter(search.paths_from(given[0])), None)
    finding = search.fault if path is None else check_profile(path, Usage.SIGNATURE)
    if path is None or finding.reason is not None:
        raise MaterialRefused(finding.reason or Reason.FOREIGN_CA, finding.detail)
    now = context.clock.now()
    if path[0].not_after < now:
        raise MaterialRefused(Reason.CERTIFICATE_EXPIRED, path[0].subject)
    if now < path[0].not_before:
        raise MaterialRefused(Reason.CERTIFICATE_NOT_YET_VALID, path[0].subject)
    return path
