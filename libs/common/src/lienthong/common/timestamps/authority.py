"""A time-stamping authority for training: stamps where no authority of the outside world is to be had.

It answers queries as RFC 3161 wants them answered, by the clock of its own machine, with a certificate of the training
authority: production refuses such tokens with their anchor.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import ObjectIdentifier

from lienthong.common.signing import Algorithm, MaterialRefused, Reason, SigningKey, Usage
from lienthong.common.signing.profile import check_profile
from lienthong.common.timestamps import structures as words
from lienthong.common.timestamps.structures import AlgorithmIdentifier, Attribute, TimeStampReq
from lienthong.common.timestamps.token import TimeStampRefused, TokenFault

POLICY: Final = ObjectIdentifier("1.3.6.1.4.1.99999.1.1")
"""Of training; no authority of the world stamps under it."""
_SHA256: Final = AlgorithmIdentifier(algorithm=words.SHA256)


class TrainingTimeStamper:
    """Stamps with one ES256 key. Raises MaterialRefused for a certificate that is not for time stamps alone."""

    def __init__(self, key: SigningKey, clock: Callable[[], datetime]) -> None:
        finding = check_profile((key.certificate,), Usage.TIMESTAMP)
        if finding.reason is not None:
            raise MaterialRefused(finding.reason, finding.detail)
        if key.algorithm is not Algorithm.ES256:
            raise MaterialRefused(Reason.ALG_NOT_FOR_KEY, "the training authority stamps with ES256")
        self._key = key
        self._certificate = key.certificate
        self._clock = clock

    def answer(self, query: bytes) -> bytes:
        """The response to a query in DER. Raises TimeStampRefused(MALFORMED)."""
        try:
            asked = asn1.decode_der(TimeStampReq, query)
        except ValueError as error:
            raise TimeStampRefused(TokenFault.MALFORMED, str(error)) from None
        if (
            asked.imprint.algorithm.algorithm != words.SHA256
            or len(asked.imprint.digest) != hashlib.sha256().digest_size
        ):
            return asn1.encode_der(words.AuthorityRefusal(status=words.PkiStatusInfo(status=2, text=["SHA-256 only"])))
        return asn1.encode_der(_Response(status=words.PkiStatusInfo(status=0), token=self._token(asked)))

    def _token(self, asked: TimeStampReq) -> words.ContentInfo:
        now = self._clock()
        info = asn1.encode_der(
            words.TstInfo(
                version=1,
                policy=POLICY,
                imprint=asked.imprint,
                serial=secrets.randbits(63) | 1,
                time=asn1.GeneralizedTime(now.replace(microsecond=now.microsecond // 1000 * 1000)),
                accuracy=words.Accuracy(seconds=1),
                ordering=False,
                nonce=asked.nonce,
            )
        )
        signed = asn1.SetOf(self._signed_attributes(info))
        raw = self._key.sign(asn1.encode_der(signed))
        r, s = (int.from_bytes(half, "big") for half in (raw[: len(raw) // 2], raw[len(raw) // 2 :]))
        signer = words.SignerInfo(
            version=1,
            signer=words.IssuerAndSerial(
                issuer=asn1.decode_der(asn1.TLV, self._certificate.x509.issuer.public_bytes()),
                serial=self._certificate.serial,
            ),
            digest_algorithm=_SHA256,
            signed=signed,
            signature_algorithm=AlgorithmIdentifier(algorithm=words.ECDSA_SHA256),
            signature=encode_dss_signature(r, s),
        )
        data = words.SignedData(
            version=3,
            digest_algorithms=asn1.SetOf([_SHA256]),
            content=words.Encapsulated(type=words.TST_INFO, content=info),
            certificates=asn1.SetOf([each.x509 for each in (self._certificate, *self._key.chain)]),
            signers=asn1.SetOf([signer]),
        )
        return words.ContentInfo(type=words.SIGNED_DATA, content=data)

    def _signed_attributes(self, info: bytes) -> list[Attribute]:
        named = words.EssCertIdV2(digest=hashlib.sha256(self._certificate.der).digest())
        values: list[tuple[ObjectIdentifier, object]] = [
            (words.CONTENT_TYPE, words.TST_INFO),
            (words.MESSAGE_DIGEST, hashlib.sha256(info).digest()),
            (words.SIGNING_CERTIFICATE_V2, words.SigningCertificateV2(certificates=[named])),
        ]
        return [
            Attribute(type=oid, values=asn1.SetOf([asn1.decode_der(asn1.TLV, asn1.encode_der(value))]))
            for oid, value in values
        ]


@asn1.sequence
class _Response:
    status: words.PkiStatusInfo
    token: words.ContentInfo
