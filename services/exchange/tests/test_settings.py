"""What an installation may be told about webhooks."""

import pytest

from lienthong.common.settings import SettingsError
from lienthong.exchange.settings import ExchangeSettings

REQUIRED = {"kafka": "localhost:9092", "postgres": "postgresql://localhost/", "anchors": "anchors.pem"}


def settings(environment: str, **given: object) -> ExchangeSettings:
    return ExchangeSettings.load(environment=environment, **REQUIRED, **given)


def test_webhooks_lead_anywhere_in_training_and_to_public_https_in_production() -> None:
    assert settings("training").endpoint_policy.anywhere
    assert not settings("production").endpoint_policy.anywhere
    assert settings("production").endpoint_policy.ports == {443}
    assert settings("production", exchange_webhook_ports="443,8443").endpoint_policy.ports == {443, 8443}


def test_training_may_be_as_strict_as_production_and_production_not_as_loose_as_training() -> None:
    assert not settings("training", exchange_webhook_anywhere=False).endpoint_policy.anywhere
    with pytest.raises(SettingsError, match="LIENTHONG_EXCHANGE_WEBHOOK_ANYWHERE"):
        settings("production", exchange_webhook_anywhere=True)


@pytest.mark.parametrize("ports", ["", "0", "443,", "443;80", "-1"])
def test_ports_are_numbers(ports: str) -> None:
    with pytest.raises(SettingsError):
        settings("production", exchange_webhook_ports=ports)
