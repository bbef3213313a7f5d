"""`lienthong ops` as an operator runs it: a process of its own, with the settings of a service."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any

from lienthong.common.testing.daemon import plain_environment


@dataclass(frozen=True)
class Ran:
    """What a command said and ended with."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Its one JSON value; a command that failed shows here with its words."""
        assert self.code == 0, self.out + self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Operator:
    """Somebody on the exchange's host, whose database is the test's."""

    kafka: str
    dsn: str

    async def ops(self, *arguments: object, answer: str = "", lang: str = "en") -> Ran:
        """Run a command and answer what it asks."""
        settings = {
            "LIENTHONG_ENVIRONMENT": "training",
            "LIENTHONG_KAFKA": self.kafka,
            "LIENTHONG_POSTGRES": self.dsn,
            "LIENTHONG_EXCHANGE_DATABASE": self.dsn.partition("?")[0].rpartition("/")[2],
            "LIENTHONG_ANCHORS": "anchors",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "lienthong.sdk", "--lang", lang, "ops", "--service", "exchange"),
            *(str(each) for each in arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**plain_environment(), **settings},
        )
        out, err = await process.communicate(answer.encode())
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def value(self, *arguments: object) -> Any:
        """What a command answers to a program."""
        return (await self.ops(*arguments, "--json")).value
