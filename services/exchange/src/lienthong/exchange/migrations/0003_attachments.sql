-- Who uploaded which file and which messages carry it. Contents lie in the object store by their SHA-256, stored once.

CREATE TABLE upload (
    -- A row stands before the first byte arrives (`size` unset), so that nobody destroys the file while it comes in.
    -- Until a message adopts it, it ends at `expires_at`.
    agency_id  uuid        NOT NULL,
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    size       bigint      CHECK (size > 0),
    media_type text        NOT NULL CHECK (media_type <> ''),
    expires_at timestamptz,
    PRIMARY KEY (agency_id, sha256),
    CHECK (expires_at IS NOT NULL OR size IS NOT NULL)
);
CREATE INDEX upload_by_hash ON upload (sha256);
CREATE INDEX upload_by_end ON upload (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE message_attachment (
    message    uuid  NOT NULL REFERENCES message (id),
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32),
    media_type text  NOT NULL CHECK (media_type <> ''),
    PRIMARY KEY (message, sha256)
);
CREATE INDEX message_attachment_by_hash ON message_attachment (sha256);

CREATE TABLE destruction (
    -- Files whose last row may be gone, until somebody has looked and removed them. Row first, file after: a crash in
    -- between leaves work, never a document whose file is missing. Not unique: asking twice must never wait.
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256   bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    asked_at timestamptz NOT NULL
);
