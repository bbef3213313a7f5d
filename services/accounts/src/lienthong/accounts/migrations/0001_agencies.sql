-- The register of agencies: an id for ever; names, codes and superiors are data with periods (architecture, "Identity").
--
-- A code stands for one agency on any day, so that what is looked up by a code has one answer.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE agency (
    agency_id       uuid     PRIMARY KEY,
    version         integer  NOT NULL CHECK (version > 0),
    state           text     NOT NULL CHECK (state IN ('active', 'merged', 'ended')),
    kind            text     NOT NULL CHECK (kind <> ''),
    level           smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    parent          uuid     REFERENCES agency DEFERRABLE INITIALLY DEFERRED,
    successors      uuid[]   NOT NULL DEFAULT '{}',
    contact_officer jsonb,
    ended_on        date,
    search_key      text     NOT NULL,
    sort_key        bytea    NOT NULL,
    CHECK (parent <> agency_id),
    CHECK (state = 'active' OR ended_on IS NOT NULL),
    CHECK (state <> 'merged' OR cardinality(successors) > 0)
);
CREATE INDEX agency_in_order ON agency (sort_key, agency_id);
CREATE INDEX agency_ending ON agency (ended_on) WHERE state = 'active' AND ended_on IS NOT NULL;

CREATE TABLE agency_name (
    agency_id  uuid     NOT NULL REFERENCES agency,
    place      smallint NOT NULL,
    name       text     NOT NULL CHECK (name <> '' AND name IS NFC NORMALIZED),
    name_en    text,
    valid_from date,
    valid_to   date,
    PRIMARY KEY (agency_id, place),
    CHECK (valid_from <= valid_to)
);

CREATE TABLE agency_code (
    agency_id  uuid     NOT NULL REFERENCES agency,
    place      smallint NOT NULL,
    code       text     NOT NULL CHECK (code <> ''),
    scheme     text     NOT NULL CHECK (scheme IN ('qcvn102', 'qd20')),
    valid_from date,
    valid_to   date,
    PRIMARY KEY (agency_id, place),
    CHECK (valid_from <= valid_to),
    CONSTRAINT one_agency_per_code_and_day EXCLUDE USING gist
        (code WITH =, daterange(valid_from, valid_to, '[]') WITH &&) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX agency_code_by_code ON agency_code (code);
