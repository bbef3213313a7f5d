-- The register of certificates (A8) and what authorities say of them; keys of seals are never here.

CREATE TABLE certificate (
    fingerprint   text        PRIMARY KEY CHECK (fingerprint ~ '^[A-Za-z0-9_-]{43}$'),
    version       integer     NOT NULL CHECK (version > 0),
    holder_kind   text        NOT NULL CHECK (holder_kind IN ('agency', 'service', 'timestamp_authority')),
    agency_id     uuid        REFERENCES agency,
    service       text,
    chain         bytea[]     NOT NULL CHECK (cardinality(chain) BETWEEN 1 AND 6),
    issuer        text        NOT NULL,
    serial        text        NOT NULL CHECK (serial ~ '^[0-9a-f]{1,64}$'),
    not_before    timestamptz NOT NULL,
    not_after     timestamptz NOT NULL CHECK (not_after > not_before),
    state         text        NOT NULL CHECK (state IN ('active', 'suspended', 'superseded', 'revoked', 'ended')),
    history       jsonb       NOT NULL CHECK (jsonb_array_length(history) > 0),
    good_until    timestamptz NOT NULL CHECK (good_until <= not_after),
    successor     text        REFERENCES certificate DEFERRABLE INITIALLY DEFERRED,
    rs256_allowed boolean     NOT NULL DEFAULT false,
    UNIQUE (issuer, serial),
    CHECK ((holder_kind = 'agency') = (agency_id IS NOT NULL)),
    CHECK ((holder_kind = 'service') = (service IS NOT NULL)),
    CHECK ((state = 'superseded') <= (successor IS NOT NULL))
);
COMMENT ON COLUMN certificate.issuer IS
    'Fingerprint of the issuing CA where its certificate is in the chain or an anchor';
CREATE UNIQUE INDEX one_seal_per_agency ON certificate (agency_id) WHERE state IN ('active', 'suspended');
CREATE INDEX certificate_by_agency ON certificate (agency_id, not_before);
CREATE INDEX certificate_taken_back ON certificate (issuer) WHERE state IN ('revoked', 'suspended');
CREATE INDEX certificate_running_out ON certificate (good_until) WHERE state NOT IN ('revoked', 'ended');

CREATE TABLE revocation_list (
    issuer      text        PRIMARY KEY,
    version     bigint      NOT NULL CHECK (version > 0),
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL CHECK (next_update > this_update),
    issuer_x5c  bytea[]     NOT NULL CHECK (cardinality(issuer_x5c) BETWEEN 1 AND 5),
    crl         bytea       NOT NULL
);
ALTER TABLE revocation_list ALTER COLUMN crl SET STORAGE EXTERNAL;

CREATE TABLE enrolment (
    -- One code per agency: a new one takes the place of the last. The code itself is nowhere kept.
    agency_id   uuid        PRIMARY KEY REFERENCES agency,
    code_sha256 bytea       NOT NULL CHECK (octet_length(code_sha256) = 32),
    expires_at  timestamptz NOT NULL,
    request     bytea       CHECK (octet_length(request) = 32),
    fingerprint text        REFERENCES certificate DEFERRABLE INITIALLY DEFERRED,
    CHECK ((request IS NULL) = (fingerprint IS NULL))
);

CREATE TABLE sealed_request (
    -- Requests under an agency's seal take effect once: a repeated one gets the first answer.
    agency_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    sha256      bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    payload     bytea       NOT NULL,
    jws         text        NOT NULL CHECK (jws LIKE '%..%'),
    answer      jsonb       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
