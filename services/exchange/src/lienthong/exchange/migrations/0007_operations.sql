-- When the exchange could not be used (N4), and what agencies tell its operators (N9, Decision 28/2018 Art 13.6).

CREATE TABLE outage (
    -- A time in which documents could not be exchanged: told by operators, or found by the exchange itself as a gap of
    -- its own running. Documents that are entered late refer to it. Rows are never removed.
    number      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin      text        NOT NULL CHECK (origin IN ('detected', 'declared')),
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz CHECK (ended_at > began_at),
    cause       text        CHECK (cause <> ''),
    recorded_at timestamptz NOT NULL,
    CHECK (origin = 'detected' OR cause IS NOT NULL),
    CHECK (origin = 'declared' OR ended_at IS NOT NULL)
);
CREATE INDEX outage_by_time ON outage (began_at, ended_at);

CREATE TABLE running (
    -- The last moment at which the exchange is known to have taken documents: one row for all its processes.
    single  boolean     PRIMARY KEY DEFAULT true CHECK (single),
    beat_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE hotline (
    -- What agencies tell operators. `report_id` is the agency's own name of the entry: a repeat makes no second one.
    number      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id   uuid        NOT NULL,
    report_id   uuid        NOT NULL,
    client_id   uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('incident', 'suggestion', 'question')),
    said        text        NOT NULL CHECK (said <> ''),
    contact     text        NOT NULL CHECK (contact <> ''),
    reported_at timestamptz NOT NULL,
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'closed')),
    closed_at   timestamptz,
    UNIQUE (agency_id, report_id),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX hotline_by_agency ON hotline (agency_id, number);
CREATE INDEX hotline_not_closed ON hotline (state, reported_at) WHERE state <> 'closed';

CREATE TABLE hotline_answer (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry       bigint      NOT NULL REFERENCES hotline (number),
    said        text        NOT NULL CHECK (said <> ''),
    answered_at timestamptz NOT NULL,
    answered_by text        NOT NULL CHECK (answered_by <> '')
);
CREATE INDEX hotline_answer_by_entry ON hotline_answer (entry, id);
