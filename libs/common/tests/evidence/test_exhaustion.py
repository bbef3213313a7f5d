"""No file keeps a verifier busy: what nobody has signed is passed over quickly, however much of it there is."""

import io
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lienthong.common.evidence import EvidenceRefused, RevocationPart, container, read_container, verify_evidence
from lienthong.common.pki import generate_key
from lienthong.common.testing.evidence import Notary

pytestmark = pytest.mark.requirement("N5")

MANY = 2_000


def lists_of_strangers(notary: Notary) -> list[RevocationPart]:
    """One list each of so many authorities that nobody knows."""
    key, at = generate_key(), notary.at - timedelta(minutes=1)
    found: list[RevocationPart] = []
    for number in range(MANY):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CA {number}")])
        builder = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(at)
        der = builder.next_update(at + timedelta(days=7)).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        found.append(RevocationPart("A" * 43, 10 + number, der))
    return found


def test_lists_of_thousands_of_authorities_cost_no_more_than_reading_them(notary: Notary) -> None:
    parts = notary.parts()
    file = notary.file(replace(parts, lists=[*parts.lists, *lists_of_strangers(notary)]))
    begin = time.process_time()
    assert verify_evidence(io.BytesIO(file), notary.voice.store).exit_code == 0
    assert time.process_time() - begin < 3, "asked for each signature, it took a minute"


@pytest.mark.parametrize("most", [20_000, 30_000])
def test_a_file_longer_than_its_own_offsets_can_say_is_refused(
    notary: Notary, good: bytes, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(container, "MOST_FILE_BYTES", most)
    with pytest.raises(EvidenceRefused, match="too large"):
        read_container(io.BytesIO(good))


def test_evidence_that_no_verifier_would_read_is_not_made(notary: Notary) -> None:
    """An authority's list of 5 MiB, or a document that was spoken of some thousand times."""
    parts = notary.parts()
    huge = replace(parts, lists=[*parts.lists, RevocationPart("A" * 43, 9, b"0" * (5 << 20))])
    spoken_of = replace(parts, messages=[*parts.messages] * 2_000)
    for each in (huge, spoken_of):
        with pytest.raises(EvidenceRefused, match="too large"):
            notary.file(each)
