"""Yesterday's signatures are judged today as they were: see make_vectors.py."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lienthong.common.signing import (
    ADMISSION,
    Certificate,
    KnownCertificate,
    KnownCertificates,
    RevocationData,
    SignedBytes,
    TrustStore,
    Verifier,
)
from lienthong.common.signing.base64url import decode

FILES = sorted((Path(__file__).parent / "vectors").glob("*.json"))


def certificates(texts: list[str]) -> tuple[Certificate, ...]:
    return tuple(Certificate.from_der(decode(text)) for text in texts)


def test_there_are_vectors_good_and_bad() -> None:
    reasons = [json.loads(file.read_bytes())["reason"] for file in FILES]
    assert reasons.count(None) >= 5
    assert len(reasons) >= 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_vector_gets_its_answer(file: Path) -> None:
    vector: dict[str, Any] = json.loads(file.read_bytes())
    revocations = RevocationData()
    for text in vector["lists"]:
        revocations.add_crl(decode(text))
    certificate = Certificate.from_der(decode(vector["certificate"]))
    known = KnownCertificate(certificate, certificates(vector["chain"]), allows_rs256=vector["allows_rs256"])
    answer = Verifier(TrustStore(certificates(vector["anchors"])), revocations, ADMISSION).check(
        SignedBytes(decode(vector["payload"]), vector["jws"]),
        at=datetime.fromisoformat(vector["at"]),
        certificates=KnownCertificates([known]),
    )
    assert (None if answer.reason is None else answer.reason.value) == vector["reason"]
