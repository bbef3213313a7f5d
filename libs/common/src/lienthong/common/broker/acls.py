"""Who may do what at the broker, by its access control lists: literal principals, allowed reading, nothing else.

Whatever else stands at the broker for a principal that is ours to settle is removed, a right given by hand as well.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, TypeAlias

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from lienthong.common.broker.settings import BrokerSettings

_ANY: Final = 1
_ALLOW: Final = 3
_LITERAL, _PREFIXED = 3, 4
_EVERY_HOST: Final = "*"


class Resource(IntEnum):
    """What a right is about, by Kafka's numbers."""

    TOPIC = 2
    GROUP = 3


class Operation(IntEnum):
    """What may be done with it, by Kafka's numbers."""

    READ = 3
    DESCRIBE = 8


_Binding: TypeAlias = tuple[int, str, int, str, str, int, int]
"""Resource type, name, pattern type, principal, host, operation, permission: as the protocol has them."""


@dataclass(frozen=True, slots=True)
class Right:
    """One principal may do one thing with one resource, or with all whose names begin so."""

    principal: str
    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False

    @property
    def binding(self) -> _Binding:
        """As the protocol has it."""
        pattern = _PREFIXED if self.prefixed else _LITERAL
        return self.resource, self.name, pattern, self.principal, _EVERY_HOST, self.operation, _ALLOW


async def settle_rights(settings: BrokerSettings, principals: Collection[str], rights: Collection[Right]) -> None:
    """Give these principals exactly these rights; all others stay as they are. Harmless to repeat.

    Raises KafkaError: the broker refused, or cannot be reached.
    """
    async with _connected(settings) as client:
        present = {each for each in await _list(client) if each[3] in principals}
        wanted = {right.binding for right in rights}
        for each in sorted(present - wanted):
            await _remove(client, each)
        for each in sorted(wanted - present):
            await _add(client, each)


@asynccontextmanager
async def _connected(settings: BrokerSettings) -> AsyncGenerator[AIOKafkaClient]:
    client = AIOKafkaClient(**settings.client())
    try:
        await client.bootstrap()
        yield client
    finally:
        await client.close()


async def _list(client: AIOKafkaClient) -> set[_Binding]:
    everything: Any = None  # null matches all, which the library's types do not know
    request = DescribeAclsRequest(_ANY, everything, _ANY, everything, everything, _ANY, _ANY)
    answer: Any = await client.send(client.get_random_node(), request)
    _check(answer.error_code, answer.error_message)
    return {
        (kind, name, pattern, principal, host, operation, permission)
        for kind, name, pattern, bindings in answer.resources
        for principal, host, operation, permission in bindings
    }


async def _add(client: AIOKafkaClient, binding: _Binding) -> None:
    answer: Any = await client.send(client.get_random_node(), CreateAclsRequest(*binding))
    for code, words in answer.creation_responses:
        _check(code, words)


async def _remove(client: AIOKafkaClient, binding: _Binding) -> None:
    answer: Any = await client.send(client.get_random_node(), DeleteAclsRequest(*binding))
    for code, words, *_ in answer.filter_responses:
        _check(code, words)


def _check(code: int, words: str | None) -> None:
    if code:
        error: type[KafkaError] = for_code(code)
        raise error(words or "refused")
