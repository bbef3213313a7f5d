"""Events to put into an outbox."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from lienthong.common.ids import new_id
from lienthong.common.messages.envelope import Event


class Nothing(BaseModel):
    """Data without members: these tests look at the way of an event, not at what it says."""


@pytest.fixture
def service_event() -> Event[Nothing]:
    return _event("/services/accounts")


@pytest.fixture
def agency_event() -> Event[Nothing]:
    return _event(f"/agencies/{new_id()}")


def _event(source: str) -> Event[Nothing]:
    return Event[Nothing](
        specversion="1.0",
        id=new_id(),
        source=source,
        type="vn.lienthong.accounts.tested.v1",
        subject=None,
        time=datetime(2026, 11, 22, tzinfo=UTC),
        datacontenttype="application/json",
        data=Nothing(),
    )
