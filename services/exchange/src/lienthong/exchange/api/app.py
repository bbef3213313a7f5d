"""All doors of the exchange in one application."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NoReturn

from fastapi import FastAPI
from starlette.middleware import Middleware

from lienthong.common.http import ReadinessCheck, make_app
from lienthong.common.telemetry import Telemetry, make_telemetry
from lienthong.exchange.api import attachments, batches, evidence, inbox, messages, overdue, topics, tracks, webhooks
from lienthong.exchange.api.callers import MOST_REQUESTS, Callers
from lienthong.exchange.api.fair_share import FairShare
from lienthong.exchange.api.operations import Operations, make_operations_routers
from lienthong.exchange.api.registers import Registers, make_registers_routers
from lienthong.exchange.api.support import Support, make_support_router


@dataclass(frozen=True, slots=True)
class Doors:
    """What is behind each route."""

    callers: Callers
    submit: messages.Submit
    submit_batch: batches.SubmitAll
    read_inbox: inbox.Read
    acknowledge: inbox.Acknowledge
    upload: attachments.Upload
    read_attachment: attachments.Read
    read_track: tracks.Read
    read_overdue: overdue.Read
    give_evidence: evidence.Give
    webhooks: webhooks.WebhookDoors
    most_upload_bytes: int
    batch_limits: batches.BatchLimits
    registers: Registers
    topics: topics.TopicDoors
    support: Support
    operations: Operations
    share_of_one: float = 1.0


def make_exchange_app(doors: Doors, telemetry: Telemetry, readiness: Sequence[ReadinessCheck] = ()) -> FastAPI:
    """The application that the role `api` serves."""
    routers = [
        messages.make_messages_router(doors.callers, doors.submit),
        inbox.make_inbox_router(doors.callers, doors.read_inbox),
        batches.make_batches_router(doors.callers, doors.submit_batch, doors.batch_limits),
        inbox.make_acknowledgements_router(doors.callers, doors.acknowledge),
        attachments.make_attachments_router(
            doors.callers, doors.upload, doors.read_attachment, most_bytes=doors.most_upload_bytes
        ),
        tracks.make_tracks_router(doors.callers, doors.read_track),
        *make_registers_routers(doors.callers, doors.registers),
        webhooks.make_webhooks_router(doors.callers, doors.webhooks),
        overdue.make_overdue_router(doors.callers, doors.read_overdue),
        evidence.make_evidence_router(doors.callers, doors.give_evidence),
        topics.make_topics_router(doors.callers, doors.topics),
        make_support_router(doors.callers, doors.support),
        *make_operations_routers(doors.operations),
    ]
    return make_app(
        "lienthong exchange",
        version("lienthong-exchange"),
        routers,
        telemetry=telemetry,
        readiness=readiness,
        most_requests=MOST_REQUESTS,
        inside=[
            Middleware(FairShare, who=doors.callers.who, share=doors.share_of_one, most=MOST_REQUESTS // 4),
        ],
    )


def described_app() -> FastAPI:
    """The application for its description alone: behind its doors is nothing."""

    async def nothing(*_: Any) -> NoReturn:
        raise RuntimeError("this application only describes itself")

    doors = Doors(
        Callers.described(),
        *[nothing] * 9,
        webhooks=webhooks.WebhookDoors(*[nothing] * 6),
        most_upload_bytes=0,
        batch_limits=batches.BatchLimits(),
        registers=Registers.described(),
        topics=topics.TopicDoors(*[nothing] * 3, bootstrap=None),
        support=Support.described(),
        operations=Operations.described(),
    )
    return make_exchange_app(doors, make_telemetry("exchange"))
