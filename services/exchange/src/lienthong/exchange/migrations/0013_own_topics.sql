-- Agencies' own Kafka topics, one for each lane that an agency asks for. Runs before the new program; the old one goes on
-- beside it and puts nothing there: ask for a topic when all processes are new.

CREATE TABLE own_topic (
    -- The intent is stored first, then done at the broker, and tried again until it is. Every entry of the inbox from
    -- `from_n` on is put there by its number; `put_n` is the last one that was put into the outbox before it was `open`.
    agency_id uuid        NOT NULL,
    lane      text        NOT NULL,
    client_id uuid        NOT NULL,
    state     text        NOT NULL CHECK (state IN ('asked', 'open', 'ending', 'ended', 'failed')),
    from_n    bigint      NOT NULL CHECK (from_n > 0),
    put_n     bigint      NOT NULL CHECK (put_n >= from_n - 1),
    last_n    bigint      CHECK (last_n >= from_n - 1),
    asked_at  timestamptz NOT NULL,
    opened_at timestamptz,
    ended_at  timestamptz,
    end_cause text        CHECK (end_cause IN ('closed', 'agency_not_active', 'client_withdrawn')),
    cause     text        CHECK (cause <> ''),
    attempts  integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    retry_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, lane),
    FOREIGN KEY (agency_id, lane) REFERENCES agency_inbox (agency_id, lane),
    CHECK (state <> 'open' OR opened_at IS NOT NULL),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((state IN ('ending', 'ended')) = (last_n IS NOT NULL)),
    CHECK ((state IN ('ending', 'ended')) = (end_cause IS NOT NULL)),
    CHECK (state <> 'failed' OR cause IS NOT NULL)
);
CREATE INDEX own_topic_by_state ON own_topic (state, retry_at);
