"""A time stamp over a head of the audit log: asked for, verified, and only then kept."""

from collections.abc import Awaitable, Callable, Iterable

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.signing import Reason, RevocationData, Trust, TrustStore
from lienthong.common.signing.outcome import trust_for
from lienthong.common.signing.policy import MAX_AHEAD
from lienthong.common.timestamps import TimeStampQuery, TimeStampRefused, TokenFault, read_response, verify_token
from lienthong.common.timestamps.token import read_token

Ask = Callable[[bytes], Awaitable[bytes]]
"""The answer of an authority to a query."""
NewestLists = Callable[[Connection], Awaitable[Iterable[bytes]]]
"""The newest revocation list of every authority that a service knows, DER."""


class StampHeads:
    """A `Stamper` for the audit log's sequencer."""

    def __init__(
        self, database: Database, ask: Ask, trust: TrustStore, newest_lists: NewestLists, clock: Clock
    ) -> None:
        self._database = database
        self._ask = ask
        self._trust = trust
        self._newest_lists = newest_lists
        self._clock = clock

    async def __call__(self, digest: bytes) -> bytes:
        """A token over this SHA-256 that others will believe. Raises TimeStampRefused, and what `ask` raises."""
        query, asked_at = TimeStampQuery.over(digest), self._clock.now()
        token = read_response(await self._ask(query.to_bytes()), query)
        # A stamp is kept for ever: one of another time than that of the acts would make their evidence worthless.
        said, now = read_token(token).info.time.as_datetime(), self._clock.now()
        if asked_at - said > MAX_AHEAD or said - now > MAX_AHEAD:
            raise TimeStampRefused(TokenFault.OTHER_TIME, f"{said:%Y-%m-%dT%H:%M:%SZ}")
        try:
            verify_token(token, digest, trust=self._trust, revocations=await self._revocations())
        except TimeStampRefused as refused:
            # Lists of an authority that accounts knows nothing of are the verifier's to bring.
            if not isinstance(refused.fault, Reason) or trust_for(refused.fault) is not Trust.UNKNOWN:
                raise
        return token

    async def _revocations(self) -> RevocationData:
        data = RevocationData()
        async with self._database.connection() as connection:
            for crl in await self._newest_lists(connection):
                data.add_crl(crl)
        return data
