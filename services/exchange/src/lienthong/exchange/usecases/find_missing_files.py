"""After a loss or a restore: which files the tables count on that the object store does not have as they should be.

Whoever uploaded such a file uploads the same bytes again; then every message that carries it has it back.
"""

import hashlib
from collections.abc import AsyncGenerator
from typing import Final

from lienthong.common.database import Database
from lienthong.common.objects import ObjectStore
from lienthong.exchange.store import files
from lienthong.exchange.store.files import CountedOn

_AT_ONCE: Final = 500


async def find_missing_files(
    database: Database, objects: ObjectStore, *, read_all: bool = False
) -> AsyncGenerator[CountedOn]:
    """Files that are not there or have another size; with `read_all` also those whose bytes have changed."""
    after = b""
    while True:
        async with database.connection() as connection:
            page = await files.page(connection, after, _AT_ONCE)
        for each in page:
            if not await _is_there(objects, each, read_all=read_all):
                yield each
        if not page:
            return
        after = page[-1].sha256


async def _is_there(objects: ObjectStore, counted_on: CountedOn, *, read_all: bool) -> bool:
    stored = await objects.find(counted_on.sha256.hex())
    if stored is None or stored.size != counted_on.size:
        return False
    if not read_all:
        return True
    digest = hashlib.sha256()
    async for piece in objects.read(counted_on.sha256.hex()):
        digest.update(piece)
    return digest.digest() == counted_on.sha256
