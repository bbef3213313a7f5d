-- An event is applied once per consumer: `inbox` remembers which came, `inbox_held` keeps those that could not be applied.
--
-- Order per key: while a key has a row in `inbox_held`, its later events queue behind that row. Remembered rows carry
-- no content; held ones keep the whole record until it is applied or an operator skips it.

CREATE TABLE inbox (
    consumer    text        NOT NULL CHECK (consumer <> ''),
    source      text        NOT NULL,
    id          uuid        NOT NULL,
    digest      bytea       NOT NULL CHECK (octet_length(digest) = 32),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, source, id)
);
CREATE INDEX inbox_by_time ON inbox (consumer, received_at);

CREATE TABLE inbox_held (
    position      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer      text        NOT NULL,
    source        text        NOT NULL,
    id            uuid        NOT NULL,
    type          text        NOT NULL,
    state         text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
    attempts      integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    cause         text,
    retry_at      timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    log_offset    bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    key           bytea       NOT NULL,
    value         bytea       NOT NULL,
    header_names  text[]      NOT NULL,
    header_values bytea[]     NOT NULL,
    UNIQUE (consumer, source, id),
    FOREIGN KEY (consumer, source, id) REFERENCES inbox (consumer, source, id),
    CHECK (cardinality(header_names) = cardinality(header_values)),
    CHECK (state = 'waiting' OR (cause IS NOT NULL AND attempts > 0))
);
CREATE INDEX inbox_held_by_key ON inbox_held (consumer, topic, key, position);
CREATE INDEX inbox_held_due ON inbox_held (consumer, retry_at) WHERE state = 'waiting';
