"""The agency's seal: its key, wherever it lies, and the signature it makes."""

from typing import Any

from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.messages.envelope import Event, to_bytes
from lienthong.common.signing.errors import SigningError
from lienthong.common.signing.keys import open_key
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.signer import Signer
from lienthong.sdk.errors import ProfileBroken, SealUnusable
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.profile import Profile


class Seal:
    """Signs in the agency's name."""

    def __init__(self, profile: Profile, clock: Clock) -> None:
        """Raises ProfileBroken if there is no such key, or not for this certificate."""
        try:
            self._signer = Signer(open_key(profile.seal_uri), clock.now)
        except (SigningError, OSError) as error:
            where = profile.seal or profile.seal_key
            raise ProfileBroken(Words(f"{where}: không mở được khóa ({error})", f"{where}: {error}")) from error

    @property
    def fingerprint(self) -> str:
        """The certificate's `x5t#S256`."""
        return self._signer.fingerprint

    def sign(self, event: Event[Any]) -> Sealed:
        """The event under the seal. Raises SealUnusable; MalformedEvent where a text is not NFC."""
        return Sealed(event.id, self.sign_bytes(to_bytes(event)))

    def sign_bytes(self, payload: bytes) -> SignedBytes:
        """Exact bytes under the seal. Raises SealUnusable."""
        try:
            return self._signer.sign(payload)
        except SigningError as error:
            raise SealUnusable(Words(f"Không ký được: {error.reason}", f"Cannot sign: {error.reason}")) from error
