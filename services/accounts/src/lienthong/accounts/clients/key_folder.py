"""Private keys of access tokens: one file each, readable by the service alone, never in the database.

Every process of accounts that answers at the token endpoint or rotates keys shares this folder.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from lienthong.accounts.domain.client_jwts import public_members
from lienthong.accounts.domain.errors import TokenKeyNotAvailable
from lienthong.common.pki import generate_key, key_from_pem, key_to_pem, write_private
from lienthong.common.signing import MaterialRefused
from lienthong.common.strict_json import JsonValue


class KeyFolder:
    """Makes, uses and removes keys; a key once read stays in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, ECKey] = {}

    def make(self) -> tuple[str, dict[str, JsonValue]]:
        """A fresh P-256 key, on disk before anyone hears of it: its id (RFC 7638 thumbprint) and public JWK."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = key_to_pem(generate_key())
        key = ECKey.import_key(pem)
        key_id = key.thumbprint()
        write_private(self._path(key_id), pem)
        return key_id, {**public_members(key), "kid": key_id, "use": "sig", "alg": "ES256"}

    def sign(self, key_id: str, claims: Mapping[str, Any]) -> str:
        """A JWT by that key. Raises TokenKeyNotAvailable where its file cannot be read."""
        key = self._keys.get(key_id) or self._load(key_id)
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key_id}, dict(claims), key)

    def has(self, key_id: str) -> bool:
        """Whether the key can sign."""
        return self._path(key_id).is_file()

    def remove(self, key_id: str) -> None:
        """Forget a key that signs no more; harmless to repeat."""
        self._keys.pop(key_id, None)
        self._path(key_id).unlink(missing_ok=True)

    def _load(self, key_id: str) -> ECKey:
        try:
            private = key_from_pem(self._path(key_id).read_bytes())
        except (OSError, MaterialRefused) as error:
            raise TokenKeyNotAvailable from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TokenKeyNotAvailable
        key = ECKey.import_key(key_to_pem(private))
        self._keys[key_id] = key
        return key

    def _path(self, key_id: str) -> Path:
        return self._folder / f"{key_id}.pem"
