-- The generation tells one life of this database from the next. It stands in the names of consumer groups, so that a
-- database made anew does not go on from the offsets of the old one but reads its topics from the start.

CREATE TABLE generation (
    single boolean     PRIMARY KEY DEFAULT true CHECK (single),
    id     uuid        NOT NULL DEFAULT gen_random_uuid(),
    born   timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO generation DEFAULT VALUES;
