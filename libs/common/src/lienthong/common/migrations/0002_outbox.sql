-- What a service says leaves in the transaction that made it true: rows here refer to it, the relay sends them.
--
-- The order of one key is the order of `outbox.id`, because writers of a key draw their ids under its advisory lock
-- (outbox.py). The shard is derived here, so that no writer can put two rows of one key into different shards.

CREATE FUNCTION outbox_shard(key text) RETURNS smallint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (get_byte(sha256(convert_to(key, 'UTF8')), 0) % 8)::smallint;

CREATE TABLE event (
    -- A service's own signed events: the exact bytes that were signed.
    id      uuid        PRIMARY KEY,
    source  text        NOT NULL CHECK (source LIKE '/services/%'),
    type    text        NOT NULL CHECK (type <> ''),
    subject text,
    payload bytea       NOT NULL CHECK (octet_length(payload) > 0),
    jws     text        NOT NULL CHECK (jws ~ '^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$'),
    said_at timestamptz NOT NULL
);
ALTER TABLE event ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text        NOT NULL CHECK (topic <> ''),
    key         text        NOT NULL CHECK (key <> ''),
    shard       smallint    NOT NULL GENERATED ALWAYS AS (outbox_shard(key)) STORED,
    reference   uuid        NOT NULL,
    traceparent text,
    put_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- A queue: rows come and go, and dead ones at its head slow every page down.
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000
);

CREATE TABLE outbox_refusal (
    -- The first row of a key that Kafka refused for good: the key waits, the others go on.
    topic      text        NOT NULL,
    key        text        NOT NULL,
    outbox_id  bigint      NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    cause      text        NOT NULL CHECK (cause <> ''),
    attempts   integer     NOT NULL DEFAULT 1 CHECK (attempts > 0),
    refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retry_at   timestamptz NOT NULL,
    PRIMARY KEY (topic, key)
);
CREATE INDEX outbox_refusal_by_row ON outbox_refusal (outbox_id);

CREATE TABLE emitted (
    -- What Kafka acknowledged, kept for a stated time: from it topics are rebuilt after the loss of a broker.
    id            bigint      PRIMARY KEY,
    topic         text        NOT NULL,
    key           text        NOT NULL,
    reference     uuid        NOT NULL,
    header_names  text[]      NOT NULL,
    header_values bytea[]     NOT NULL,
    partition     integer     NOT NULL CHECK (partition >= 0),
    log_offset    bigint      CHECK (log_offset >= 0),
    emitted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (cardinality(header_names) = cardinality(header_values))
);
CREATE INDEX emitted_by_key ON emitted (topic, key, id);
CREATE INDEX emitted_by_time ON emitted (emitted_at);

CREATE TABLE relay_holder (
    -- Beats of the relays; a backend that holds a shard without a recent beat is terminated by the others.
    holder  uuid        PRIMARY KEY,
    backend integer     NOT NULL UNIQUE,
    process text        NOT NULL,
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
