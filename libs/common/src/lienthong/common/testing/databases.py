"""Fresh databases for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

T = TypeVar("T")


def create_database(server: str, label: str = "t") -> str:
    """Make an empty database on the server (superuser's DSN) and give its DSN."""
    name = f"{label}_{uuid4().hex[:12]}"
    in_thread(_execute(server, f'CREATE DATABASE "{name}"'))
    return with_database(server, name)


def drop_database(dsn: str) -> None:
    """Remove a database made by `create_database`, with whatever is still connected to it."""
    name = urlsplit(dsn).path.lstrip("/")
    in_thread(_execute(with_database(dsn, "postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def with_database(dsn: str, name: str) -> str:
    """The DSN with another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from synchronous code without touching the event loop of the calling thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=30)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
