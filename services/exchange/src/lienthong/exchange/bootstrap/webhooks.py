"""Webhooks: what sends them, what agencies do about them, and what forgets their attempts."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from lienthong.common.settings import SettingsError
from lienthong.exchange.api.webhooks import WebhookDoors
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.clients.webhook_endpoint import EndpointLimits, open_endpoints, open_trust
from lienthong.exchange.domain.webhook_places import WebhookPlaces
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.usecases.forget_attempts import ForgetAttempts
from lienthong.exchange.usecases.manage_webhook import ManageWebhook
from lienthong.exchange.usecases.post_page import PostPage
from lienthong.exchange.usecases.push_page import PageLimits, PushPage
from lienthong.exchange.usecases.send_webhooks import SendWebhooks
from lienthong.exchange.usecases.try_webhook import TryWebhook

_SETTLED_SECONDS = 2.0
"""Beyond the time limit of a request, to write down what came of it."""


@asynccontextmanager
async def open_webhooks(parts: Parts) -> AsyncGenerator[SendWebhooks]:
    """The sender of this process. Raises SettingsError."""
    settings = parts.settings
    async with open_post_page(parts) as post:
        push = PushPage(
            parts.database,
            post,
            parts.clock,
            may_act=parts.trust.clients.may_act_for,
            retries=settings.webhook_retries,
            limits=PageLimits(settings.exchange_webhook_entries, settings.exchange_webhook_bytes),
        )
        yield SendWebhooks(
            parts.database,
            push,
            parts.clock,
            parts.telemetry,
            places=WebhookPlaces(settings.exchange_webhooks_at_once),
            stop_within=settings.exchange_webhook_seconds + _SETTLED_SECONDS,
        )


@asynccontextmanager
async def open_post_page(parts: Parts) -> AsyncGenerator[PostPage]:
    """The way to endpoints. Raises SettingsError."""
    settings = parts.settings
    limits = EndpointLimits(settings.exchange_webhook_seconds, settings.exchange_webhooks_at_once)
    async with open_endpoints(settings.endpoint_policy, limits, tls=_open_trust(settings)) as endpoints:
        yield PostPage(endpoints, parts.statements, parts.clock)


def _open_trust(settings: ExchangeSettings) -> ssl.SSLContext:
    try:
        return open_trust(settings.exchange_webhook_ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"LIENTHONG_EXCHANGE_WEBHOOK_CA: {error}") from error


def webhook_doors(parts: Parts, post: PostPage) -> WebhookDoors:
    """What is behind the routes of webhooks."""
    settings, database, clock = parts.settings, parts.database, parts.clock
    manage = ManageWebhook(database, clock, policy=settings.endpoint_policy)
    return WebhookDoors(
        put=manage.put,
        read=manage.read,
        remove=manage.remove,
        resume=manage.resume,
        attempts=manage.attempts,
        test=TryWebhook(database, post, clock, most=settings.exchange_webhooks_at_once),
    )


def open_forgetting(parts: Parts) -> ForgetAttempts:
    """The timer's duty."""
    settings = parts.settings
    kept = timedelta(days=settings.exchange_webhook_attempts_days)
    return ForgetAttempts(parts.database, parts.clock, most_of_one=settings.exchange_webhook_attempts_most, kept=kept)
