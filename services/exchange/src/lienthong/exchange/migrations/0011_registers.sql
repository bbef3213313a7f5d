-- Documents that came by other ways than the exchange (N7), and what was entered late after an outage (N4). Runs before
-- the new program; the old one goes on beside it: it takes no registrations and links no late entry.

CREATE TABLE registration (
    -- `message` is the sealed registration: accepted and receipted like every message, delivered to nobody. `likeness`
    -- is the same for two registrations of one document: a second one is warned of, not forbidden.
    message       uuid        PRIMARY KEY REFERENCES message (id),
    agency_id     uuid        NOT NULL,
    channel       text        NOT NULL CHECK (channel IN ('email', 'software', 'post', 'by_hand', 'other')),
    received_at   timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    likeness      bytea       CHECK (octet_length(likeness) = 32)
);
CREATE INDEX registration_by_agency ON registration (agency_id, message);
CREATE INDEX registration_by_likeness ON registration (agency_id, likeness) WHERE likeness IS NOT NULL;

CREATE TABLE late_entry (
    -- What a message says of its being entered late, and the outage that its true time lies in, if one was known when it
    -- was accepted.
    message     uuid        PRIMARY KEY REFERENCES message (id),
    agency_id   uuid        NOT NULL,
    type        text        NOT NULL CHECK (type <> ''),
    occurred_at timestamptz NOT NULL,
    entered_at  timestamptz NOT NULL,
    entered_by  text        NOT NULL CHECK (entered_by <> ''),
    reason      text        NOT NULL CHECK (reason <> ''),
    outage      bigint      REFERENCES outage (number)
);
CREATE INDEX late_entry_by_agency ON late_entry (agency_id, message);
