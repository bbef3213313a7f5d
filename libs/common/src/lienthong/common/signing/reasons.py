"""Stable names of everything a signature, a certificate or revocation data can be refused for.

The values are part of the public interface: they stand in problems, in logs and in the output of
`lienthong verify`. A value is never renamed; a new cause gets a new value.
"""

from enum import StrEnum


class Integrity(StrEnum):
    """Whether the signature belongs to exactly these bytes."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Trust(StrEnum):
    """Whether the signer's certificate was good as of the time asked for."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """How an accepted algorithm stands to Circular 15/2025/TT-BKHCN, Appendix I."""

    STANDARD = "standard"
    """ECDSA or RSASSA-PSS: named by the circular."""
    TOLERATED = "tolerated"
    """RSASSA-PKCS1-v1_5 of tokens already deployed, only where the registration allows it."""


class Reason(StrEnum):
    """Why something was refused. What is good has no reason."""

    # The compact form `protected..signature` (RFC 7515 section 7.1, appendix F)
    JWS_PART_COUNT = "jws.part_count"
    JWS_ATTACHED_PAYLOAD = "jws.attached_payload"
    JWS_OVERSIZED = "jws.oversized"
    JWS_NOT_BASE64URL = "jws.not_base64url"
    JWS_PADDING = "jws.padding"
    JWS_NOT_CANONICAL = "jws.not_canonical"
    JWS_LINE = "jws.line"

    # The protected header (RFC 7515 section 4, RFC 7797)
    HEADER_OVERSIZED = "header.oversized"
    HEADER_NOT_JSON = "header.not_json"
    HEADER_NOT_OBJECT = "header.not_object"
    HEADER_DUPLICATE_MEMBER = "header.duplicate_member"
    HEADER_EMBEDDED_KEY = "header.embedded_key"
    HEADER_ALG_NONE = "header.alg_none"
    HEADER_ALG_SYMMETRIC = "header.alg_symmetric"
    HEADER_ALG_UNKNOWN = "header.alg_unknown"
    HEADER_B64 = "header.b64"
    HEADER_CRIT_EMPTY = "header.crit_empty"
    HEADER_CRIT_UNKNOWN = "header.crit_unknown"
    HEADER_CRIT_MALFORMED = "header.crit_malformed"
    HEADER_UNKNOWN_MEMBER = "header.unknown_member"
    HEADER_MISSING_MEMBER = "header.missing_member"
    HEADER_IAT = "header.iat"
    HEADER_THUMBPRINT = "header.thumbprint"

    # The signature itself
    ALG_NOT_FOR_KEY = "signature.alg_not_for_key"
    ALG_NOT_REGISTERED = "signature.alg_not_registered"
    SIGNATURE_LENGTH = "signature.length"
    SIGNATURE_WRONG = "signature.wrong"
    SIGNATURE_TIME = "signature.time"

    # The certificate and its path (RFC 5280 section 6)
    CERTIFICATE_MALFORMED = "certificate.malformed"
    CERTIFICATE_UNKNOWN = "certificate.unknown"
    CERTIFICATE_HOLDER_MISMATCH = "certificate.holder_mismatch"
    CERTIFICATE_NOT_REGISTERED_THEN = "certificate.not_registered_then"
    CERTIFICATE_REVOKED = "certificate.revoked"
    CERTIFICATE_SUSPENDED = "certificate.suspended"
    CERTIFICATE_SUPERSEDED = "certificate.superseded"
    CERTIFICATE_NOT_YET_VALID = "certificate.not_yet_valid"
    CERTIFICATE_EXPIRED = "certificate.expired"
    CERTIFICATE_WEAK_KEY = "certificate.weak_key"
    CERTIFICATE_WEAK_HASH = "certificate.weak_hash"
    CERTIFICATE_KEY_USAGE = "certificate.key_usage"
    CERTIFICATE_IS_CA = "certificate.is_ca"
    CERTIFICATE_CRITICAL_EXTENSION = "certificate.critical_extension"
    FOREIGN_CA = "certificate.foreign_ca"
    LOOK_ALIKE_CA = "certificate.look_alike_ca"
    PATH_TOO_LONG = "certificate.path_too_long"
    ISSUER_NOT_CA = "certificate.issuer_not_ca"
    ISSUER_NOT_VALID = "certificate.issuer_not_valid"
    ISSUER_REVOKED = "certificate.issuer_revoked"

    # Revocation data: what is missing or unusable is never taken for good
    REVOCATION_MALFORMED = "revocation.malformed"
    REVOCATION_MISSING = "revocation.missing"
    REVOCATION_STALE = "revocation.stale"
    REVOCATION_NOT_BY_ISSUER = "revocation.not_by_issuer"
    REVOCATION_UNSUPPORTED = "revocation.unsupported"
    REVOCATION_WEAK_HASH = "revocation.weak_hash"
    REVOCATION_STATUS_UNKNOWN = "revocation.status_unknown"

    # What the caller demands beyond a good signature
    POLICY_EMPTY = "policy.empty"
    POLICY_NONE_MET = "policy.none_met"
    POLICY_HOLDER = "policy.holder"
    POLICY_ALGORITHM = "policy.algorithm"
    POLICY_GRADE = "policy.grade"

    # Material the caller brings: anchors, keys, certificate requests
    TRUST_EMPTY = "trust.empty"
    TRUST_UNREADABLE = "trust.unreadable"
    TRUST_TRAINING_ANCHOR = "trust.training_anchor"
    KEY_URI_MALFORMED = "key.uri_malformed"
    KEY_URI_UNSUPPORTED = "key.uri_unsupported"
    KEY_UNREADABLE = "key.unreadable"
    KEY_PASSWORD = "key.password"  # noqa: S105 (a name, not a password)
    KEY_NOT_FOR_CERTIFICATE = "key.not_for_certificate"
    KEY_WEAK = "key.weak"
    REQUEST_MALFORMED = "request.malformed"
    REQUEST_NOT_PROVEN = "request.not_proven"
    REQUEST_WRONG_NAME = "request.wrong_name"
