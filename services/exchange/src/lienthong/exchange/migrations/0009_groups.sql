-- Groups of recipients that agencies keep for themselves, and when each inbox was last asked for (pre-flight). Runs
-- before the new program; the old one goes on beside it and notes no visits.

CREATE TABLE recipient_group (
    -- Whoever sends expands it: a message names its recipients, never a group. `members` in the order given.
    id         uuid        PRIMARY KEY,
    owner      uuid        NOT NULL,
    name       text        NOT NULL COLLATE "C" CHECK (name <> '' AND name NOT LIKE '%/%'),
    members    uuid[]      NOT NULL CHECK (cardinality(members) BETWEEN 1 AND 1000),
    changed_at timestamptz NOT NULL,
    UNIQUE (owner, name)
);

CREATE TABLE inbox_visit (
    -- When an inbox was last asked for, whether there was anything in it or not; to the minute.
    agency_id uuid        NOT NULL,
    lane      text        NOT NULL CHECK (lane IN ('urgent', 'ordinary')),
    read_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, lane)
) WITH (fillfactor = 50);
