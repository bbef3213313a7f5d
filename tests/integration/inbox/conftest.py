"""A bench per test, on the run's shared servers."""

from collections.abc import AsyncGenerator

import pytest

from .consuming import Bench, open_bench


@pytest.fixture
async def bench(kafka: str, postgres_dsn: str, topic_prefix: str) -> AsyncGenerator[Bench]:
    async with open_bench(kafka, postgres_dsn, topic_prefix) as opened:
        yield opened
