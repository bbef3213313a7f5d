-- What accounts told about agencies, certificates and revocations. These tables are built from its topics alone and can
-- be built again from them at any time; so nothing refers to them.

CREATE TABLE agency (
    agency_id  uuid   PRIMARY KEY,
    version    bigint NOT NULL CHECK (version > 0),
    state      text   NOT NULL CHECK (state IN ('active', 'merged', 'ended')),
    name       text   NOT NULL CHECK (name <> ''),
    codes      text[] NOT NULL,
    successors uuid[] NOT NULL
);

CREATE TABLE certificate (
    -- The signed event itself stays, because it proves later what was known of the certificate.
    fingerprint text        PRIMARY KEY,
    version     bigint      NOT NULL CHECK (version > 0),
    agency_id   uuid,
    service     text,
    state       text        NOT NULL CHECK (state IN ('active', 'suspended', 'superseded', 'revoked', 'ended')),
    not_before  timestamptz NOT NULL,
    not_after   timestamptz NOT NULL,
    event       bytea       NOT NULL CHECK (octet_length(event) > 0),
    event_jws   text        NOT NULL CHECK (event_jws LIKE '%..%')
);
CREATE INDEX certificate_by_agency ON certificate (agency_id);

CREATE TABLE revocation_list (
    -- Every list that was ever seen: a signature is judged later by the list of its time.
    issuer      text        NOT NULL,
    version     bigint      NOT NULL CHECK (version > 0),
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL,
    crl         bytea       NOT NULL CHECK (octet_length(crl) > 0),
    PRIMARY KEY (issuer, version)
);
