-- Machine clients, their public keys and what they used to log in; of our own token keys only the public halves.

CREATE TABLE client (
    client_id      uuid    PRIMARY KEY,
    version        integer NOT NULL CHECK (version > 0),
    state          text    NOT NULL CHECK (state IN ('active', 'suspended', 'ended')),
    name           text    NOT NULL CHECK (name <> '' AND name IS NFC NORMALIZED),
    public_key     jsonb   NOT NULL CHECK (NOT public_key ?| ARRAY['d', 'p', 'q', 'k']),
    key_thumbprint text    NOT NULL UNIQUE
);

CREATE TABLE client_grant (
    client_id uuid        NOT NULL REFERENCES client,
    agency_id uuid        NOT NULL REFERENCES agency,
    since     timestamptz NOT NULL,
    PRIMARY KEY (client_id, agency_id)
);

CREATE TABLE used_assertion (
    -- Each JWT of a client counts once; forgotten when it could no longer be accepted anyway.
    client_id  uuid        NOT NULL,
    jti        text        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX used_assertion_by_end ON used_assertion (expires_at);

CREATE TABLE token_key (
    key_id     text        PRIMARY KEY,
    version    integer     NOT NULL CHECK (version > 0),
    state      text        NOT NULL CHECK (state IN ('announced', 'active', 'retired', 'ended')),
    public_key jsonb       NOT NULL CHECK (NOT public_key ? 'd'),
    since      timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_active_token_key ON token_key ((true)) WHERE state = 'active';
CREATE UNIQUE INDEX one_announced_token_key ON token_key ((true)) WHERE state = 'announced';
