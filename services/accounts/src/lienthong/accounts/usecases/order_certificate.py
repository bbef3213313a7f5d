"""Suspend, resume or revoke a certificate: by its agency under a seal of its own, or by an operator on the host."""

from datetime import datetime

from lienthong.accounts.domain.certificates import ordered
from lienthong.accounts.domain.errors import CertificateNotRegistered, SealNotEntitled
from lienthong.accounts.domain.permissions import Denied, may_order_about
from lienthong.accounts.store import certificates
from lienthong.accounts.store.announcements import Fact
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.publish_revocation_list import next_list
from lienthong.accounts.usecases.sealed_request import Asked, Result
from lienthong.common.audit import write_audit
from lienthong.common.clock import to_text
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateOrder, CertificateOrderData, CertificateRecord


async def order_certificate(context: Context, connection: Connection, asked: Asked[CertificateOrderData]) -> Result:
    """What an agency orders about a certificate of its own.

    Raises CertificateNotRegistered, SealNotEntitled, TransitionRefused, PeriodRefused.
    """
    data = asked.data
    # 1. The certificate is the agency's own.
    before = await _find(connection, data.fingerprint)
    verdict = may_order_about(asked.agency_id, before)
    if isinstance(verdict, Denied):
        raise SealNotEntitled(verdict.reason)
    # 2. Its next state, and the list that says so to everyone who reads lists.
    after = ordered(before, data.order, now=asked.now, since=data.since, reason=data.reason)
    facts = await _take_effect(context, connection, after, asked.now)
    act = f"certificate.{data.order.value}"
    return Result(
        answer={"fingerprint": after.fingerprint, "state": after.state.value, "since": _since(after)},
        facts=facts,
        audit=(done(asked.now, asked.who, act, f"/certificates/{after.fingerprint}", since=_since(after)),),
    )


async def order_as_operator(
    context: Context, fingerprint: str, order: CertificateOrder, *, reason: str, since: datetime | None, who: str
) -> CertificateRecord:
    """What an operator orders about any certificate.

    Raises CertificateNotRegistered, TransitionRefused, PeriodRefused.
    """
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await _find(connection, fingerprint)
        after = ordered(before, order, now=now, since=since, reason=reason)
        facts = await _take_effect(context, connection, after, now)
        thing = f"/certificates/{fingerprint}"
        await write_audit(connection, done(now, who, f"certificate.{order.value}", thing, since=_since(after)))
        await context.announcements.say(connection, facts)
    return after


async def _find(connection: Connection, fingerprint: str) -> CertificateRecord:
    record = await certificates.find(connection, fingerprint, lock=True)
    if record is None:
        raise CertificateNotRegistered
    return record


async def _take_effect(
    context: Context, connection: Connection, after: CertificateRecord, now: datetime
) -> tuple[Fact, ...]:
    await certificates.update(connection, after)
    issuer = await certificates.issuer_of(connection, after.fingerprint)
    published = None if issuer is None else await next_list(context, connection, issuer, now)
    return (after,) if published is None else (after, published)


def _since(record: CertificateRecord) -> str:
    return to_text(record.history[-1].since)
