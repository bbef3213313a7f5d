"""A training authority on disk.

<folder>/anchors/root.pem          what verifiers configure
<folder>/root/certificate.pem      key.pem (0600)   urls.json
<folder>/issuing/certificate.pem   key.pem (0600)   urls.json
"""

import json
from dataclasses import asdict
from pathlib import Path

from lienthong.common.pki.authority import Authority, TrainingAuthority, Urls
from lienthong.common.pki.keys import key_from_pem, key_to_pem, write_private
from lienthong.common.signing.certificate import Certificate


def save_authority(folder: Path, authority: TrainingAuthority, password: bytes | None = None) -> None:
    """Write both authorities, keys encrypted if a password is given.

    Raises FileExistsError rather than overwrite an authority that is already there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / "root").exists() or (folder / "issuing").exists():
        raise FileExistsError(f"{folder} already holds an authority")
    (folder / "anchors").mkdir(exist_ok=True)
    (folder / "anchors" / "root.pem").write_bytes(authority.root.certificate.to_pem())
    _save(folder / "root", authority.root, password)
    _save(folder / "issuing", authority.issuing, password)


def load_authority(folder: Path, password: bytes | None = None) -> TrainingAuthority:
    """Read what save_authority wrote.

    Raises FileNotFoundError, and MaterialRefused: KEY_PASSWORD, KEY_UNREADABLE, CERTIFICATE_MALFORMED.
    """
    root = _load(folder / "root", password)
    issuing = _load(folder / "issuing", password)
    chain = (issuing.certificate,)
    return TrainingAuthority(root, Authority(issuing.certificate, issuing.key, chain, issuing.urls))


def read_password(file: Path) -> bytes:
    """A password is the first line of a file, so that it never stands on a command line. Raises OSError."""
    return file.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")


def _save(folder: Path, authority: Authority, password: bytes | None) -> None:
    folder.mkdir(mode=0o700)
    write_private(folder / "key.pem", key_to_pem(authority.key, password))
    (folder / "certificate.pem").write_bytes(authority.certificate.to_pem())
    (folder / "urls.json").write_text(json.dumps(asdict(authority.urls), indent=2) + "\n", encoding="utf-8")


def _load(folder: Path, password: bytes | None) -> Authority:
    certificate = Certificate.from_pem((folder / "certificate.pem").read_bytes())
    key = key_from_pem((folder / "key.pem").read_bytes(), password)
    return Authority(certificate, key, (), Urls(**json.loads((folder / "urls.json").read_text(encoding="utf-8"))))
