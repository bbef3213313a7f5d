"""An operator per test, on the run's shared servers."""

from collections.abc import AsyncGenerator

import pytest
from tests.integration.inbox.consuming import Bench, open_bench

from .operating import Operator


@pytest.fixture
def operator(kafka: str, postgres_dsn: str) -> Operator:
    return Operator(kafka, postgres_dsn)


@pytest.fixture
async def bench(kafka: str, postgres_dsn: str, topic_prefix: str) -> AsyncGenerator[Bench]:
    async with open_bench(kafka, postgres_dsn, topic_prefix) as opened:
        yield opened
