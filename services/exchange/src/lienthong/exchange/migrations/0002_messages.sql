-- Accepted messages, byte for byte, and the numbered inbox of every recipient: what the exchange never loses or doubles.

CREATE TABLE message (
    -- Only acceptances are remembered: a refused id is judged anew. `id` is the exchange's own name of the row.
    id          uuid        PRIMARY KEY,
    sender      uuid        NOT NULL,
    message_id  uuid        NOT NULL,
    subject     uuid        NOT NULL,
    lane        text        NOT NULL CHECK (lane IN ('urgent', 'ordinary')),
    accepted_at timestamptz NOT NULL,
    size        integer     NOT NULL,
    sha256      bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    payload     bytea       NOT NULL CHECK (octet_length(payload) = size AND size > 0),
    jws         text        NOT NULL CHECK (jws LIKE '%..%'),
    receipt     bytea       NOT NULL CHECK (octet_length(receipt) > 0),
    receipt_jws text        NOT NULL CHECK (receipt_jws LIKE '%..%'),
    warnings    bytea       CHECK (octet_length(warnings) > 0),
    UNIQUE (sender, message_id)
);
-- Signed text hardly shrinks, and a page of it is read as it is: neither compressed nor moved out below 8 KB.
ALTER TABLE message ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE message SET (toast_tuple_target = 8160);

CREATE TABLE agency_inbox (
    -- The counter of one agency's inbox in one lane. Its row is locked to draw a number, and by the agency's own pages
    -- of submissions, so that one sender's order is one order everywhere. Opened when the agency becomes known.
    agency_id uuid   NOT NULL,
    lane      text   NOT NULL CHECK (lane IN ('urgent', 'ordinary')),
    n         bigint NOT NULL DEFAULT 0 CHECK (n >= 0),
    chain     bytea  NOT NULL CHECK (octet_length(chain) = 32),
    PRIMARY KEY (agency_id, lane)
) WITH (fillfactor = 50);

CREATE TABLE delivery (
    -- The delivery table is the recipient's inbox. Entry n cannot exist without entry n - 1: no gap can be committed.
    recipient uuid   NOT NULL,
    lane      text   NOT NULL,
    n         bigint NOT NULL CHECK (n > 0),
    before    bigint GENERATED ALWAYS AS (nullif(n - 1, 0)) STORED,
    message   uuid   NOT NULL REFERENCES message (id),
    chain     bytea  NOT NULL CHECK (octet_length(chain) = 32),
    PRIMARY KEY (recipient, lane, n),
    UNIQUE (message, recipient),
    FOREIGN KEY (recipient, lane) REFERENCES agency_inbox (agency_id, lane),
    FOREIGN KEY (recipient, lane, before) REFERENCES delivery (recipient, lane, n)
);

CREATE TABLE inbox_reading (
    -- How far an inbox was given out: what was never given cannot be acknowledged.
    agency_id uuid   NOT NULL,
    lane      text   NOT NULL,
    given     bigint NOT NULL CHECK (given > 0),
    PRIMARY KEY (agency_id, lane),
    FOREIGN KEY (agency_id, lane, given) REFERENCES delivery (recipient, lane, n)
) WITH (fillfactor = 50);

CREATE TABLE acknowledgement (
    -- Cumulative: everything up to n. The receipt given first is given again.
    agency_id       uuid        NOT NULL,
    lane            text        NOT NULL,
    n               bigint      NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    receipt         bytea       NOT NULL CHECK (octet_length(receipt) > 0),
    receipt_jws     text        NOT NULL CHECK (receipt_jws LIKE '%..%'),
    PRIMARY KEY (agency_id, lane, n),
    FOREIGN KEY (agency_id, lane, n) REFERENCES delivery (recipient, lane, n)
);

CREATE TABLE refusal (
    -- All that is kept of a refused message (N3): never its content, its subject or its recipients.
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     uuid        NOT NULL,
    message_id uuid,
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    rules      text[]      NOT NULL,
    refused_at timestamptz NOT NULL
);
CREATE INDEX refusal_by_source ON refusal (source, refused_at);
CREATE INDEX refusal_by_time ON refusal (refused_at);
