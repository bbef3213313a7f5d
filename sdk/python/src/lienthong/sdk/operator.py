"""Operators of the platform who are not on its hosts: their key, and the tokens that open /v1/operations/."""

from pathlib import Path
from uuid import UUID

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lienthong.common.errors import Words
from lienthong.common.pki import generate_key, key_to_pem
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import write_atomically
from lienthong.sdk.tokens import AccessToken, Login, Tokens
from lienthong.sdk.transport import Patience, Transport

OPERATE = "operate"
"""The scope of operators' tokens."""


def make_operator_key(path: Path) -> Path:
    """Make a key that only its owner can read; gives the file of its public half, beside it. Raises BadInput."""
    public = path.with_suffix(".pub")
    for there in (path, public):
        if there.exists():
            raise BadInput(Words(f"{there} đã có", f"{there} is there already"))
    pem = key_to_pem(generate_key())
    write_atomically(path, pem)
    write_atomically(public, ECKey.import_key(pem).as_pem(private=False), mode=0o644)
    return public


async def fetch_operator_token(
    accounts: str,
    client_id: UUID,
    key: Path,
    *,
    language: str = "vi",
    patience: Patience | None = None,
    http: httpx.AsyncBaseTransport | None = None,
) -> AccessToken:
    """A token for the routes below /v1/operations/, good for some minutes. Raises BadInput, PlatformError, Unreachable.

    `client_id` is what `lienthong operators add` said when the key's public half was registered.
    """
    login = Login(accounts.rstrip("/"), client_id, _open_key(key), {"scope": OPERATE})
    async with httpx.AsyncClient(transport=http, follow_redirects=False) as client:
        return await Tokens(Transport(client, patience or Patience(), language), login).fetch()


def _open_key(path: Path) -> ECKey | RSAKey:
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise BadInput(Words(f"Không đọc được {path}", f"{path} cannot be read")) from error
    for kind in (ECKey, RSAKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private:
            return key
    raise BadInput(Words(f"{path}: không phải khóa riêng P-256, RSA", f"{path} is no private key, P-256 or RSA"))
