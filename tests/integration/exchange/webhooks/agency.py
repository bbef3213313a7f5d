"""What an agency's system does about its webhook."""

from typing import Any

import httpx
from tests.integration.exchange.webhooks.endpoint import Endpoint
from tests.integration.exchange.world import Agency

from lienthong.common.messages.document import Lane


async def ask(
    agency: Agency, method: str, path: str = "", *, lane: Lane = Lane.ORDINARY, **given: Any
) -> httpx.Response:
    """A request about the agency's webhook."""
    url = f"/v1/inbox/{lane}/webhook{path}"
    return await agency.world.http.request(method, url, headers=agency.headers, **given)


async def put(agency: Agency, endpoint: Endpoint | str, lane: Lane = Lane.ORDINARY, **wish: Any) -> dict[str, Any]:
    """Register an endpoint."""
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    answer = await ask(agency, "PUT", lane=lane, json={"url": url} | wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def state(agency: Agency, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    """The webhook as it fares."""
    answer = await ask(agency, "GET", lane=lane)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def attempts(agency: Agency, lane: Lane = Lane.ORDINARY) -> list[dict[str, Any]]:
    """What was tried, the oldest first."""
    answer = await ask(agency, "GET", "/attempts", lane=lane, params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["attempts"]))


async def until_taken(agency: Agency, n: int, lane: Lane = Lane.ORDINARY, *, seconds: float = 20) -> dict[str, Any]:
    """Wait until everything up to `n` was taken; how the webhook fares then."""

    async def taken() -> bool:
        return (await state(agency, lane))["taken"] >= n

    await agency.world.until(taken, f"{n} entries are taken", seconds=seconds)
    return await state(agency, lane)


async def until_in(circuit: str, agency: Agency, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    """Wait for a state of the circuit, or for `disabled`."""
    found: dict[str, Any] = {}

    async def there() -> bool:
        found.update(await state(agency, lane))
        return circuit in (found["circuit"], found["state"])

    await agency.world.until(there, f"the webhook is {circuit}")
    return found
