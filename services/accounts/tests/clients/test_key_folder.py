"""Private keys of access tokens: files of the service alone."""

import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.domain.errors import TokenKeyNotAvailable


def test_a_key_is_a_file_nobody_else_may_read(tmp_path: Path) -> None:
    key_id, public = KeyFolder(tmp_path / "keys").make()
    (file,) = (tmp_path / "keys").iterdir()
    assert file.name == f"{key_id}.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "d" not in public
    assert public["kid"] == key_id


def test_another_process_signs_with_the_same_key(tmp_path: Path) -> None:
    key_id, public = KeyFolder(tmp_path).make()
    token = KeyFolder(tmp_path).sign(key_id, {"sub": "x"})
    decoded = jwt.decode(token, ECKey.import_key({name: str(public[name]) for name in ("kty", "crv", "x", "y")}))
    assert decoded.claims == {"sub": "x"}
    assert decoded.header == {"alg": "ES256", "typ": "at+jwt", "kid": key_id}


def test_a_removed_or_broken_key_signs_no_more(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    removed, _ = folder.make()
    folder.sign(removed, {})
    folder.remove(removed)
    folder.remove(removed)
    broken, _ = folder.make()
    (tmp_path / f"{broken}.pem").write_text("x")
    for key_id in (removed, broken):
        with pytest.raises(TokenKeyNotAvailable):
            KeyFolder(tmp_path).sign(key_id, {})
