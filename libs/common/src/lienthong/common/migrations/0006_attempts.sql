-- Every attempt at a held event is told, and records that could not be read are read again when an operator asks for it.

CREATE TABLE inbox_attempt (
    -- Attempts that failed, over all replays: the first and the latest ones; the highest number tells how many there were.
    held     bigint      NOT NULL REFERENCES inbox_held (position) ON DELETE CASCADE,
    number   integer     NOT NULL CHECK (number > 0),
    tried_at timestamptz NOT NULL,
    cause    text        NOT NULL CHECK (cause <> ''),
    PRIMARY KEY (held, number)
);

CREATE TABLE dead_letter (
    -- What operators decided about a record of the topic <consumer>.dead. The time of the record stands in the key, because
    -- a broker that is made anew counts from the start again. While `asked`, the record stands here whole, as it came.
    consumer      text        NOT NULL CHECK (consumer <> ''),
    number        bigint      NOT NULL CHECK (number >= 0),
    put_at        timestamptz NOT NULL,
    state         text        NOT NULL CHECK (
        state IN ('asked', 'applied', 'known', 'held', 'passed_over', 'refused', 'skipped')
    ),
    error         text        CHECK (error <> ''),
    decided_at    timestamptz NOT NULL,
    topic         text,
    partition     integer,
    log_offset    bigint,
    recorded_at   timestamptz,
    key           bytea,
    value         bytea,
    header_names  text[],
    header_values bytea[],
    PRIMARY KEY (consumer, number, put_at),
    CHECK ((state = 'refused') = (error IS NOT NULL)),
    CHECK ((state = 'asked') = (topic IS NOT NULL))
);
CREATE INDEX dead_letter_asked ON dead_letter (consumer, number) WHERE state = 'asked';
