-- Deadlines: by when a document is to be received, when its deliveries end by themselves, by when a request is answered.
-- Runs before the new program; the old one goes on beside it, and what it accepts gets its row from the timers later.

-- What a recipient has neither received nor refused yet. Small: every delivery leaves it in time.
CREATE INDEX delivery_open ON delivery (recipient, message) WHERE state IN ('sent', 'arrived');

CREATE TABLE due (
    -- One row per message and kind, whatever the number of its recipients. `due_at`: from then on a recipient is late;
    -- `ends_at`: the exchange ends what is still open; `over`: it has, and nothing of the message is open any more.
    message uuid        NOT NULL REFERENCES message (id),
    kind    text        NOT NULL CHECK (kind IN ('delivery', 'answer')),
    sender  uuid        NOT NULL,
    due_at  timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    over    boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (message, kind),
    CHECK (due_at <= ends_at)
);
CREATE INDEX due_to_end ON due (kind, ends_at) WHERE NOT over;
CREATE INDEX due_by_sender ON due (sender, due_at) WHERE NOT over;

CREATE TABLE expiry (
    -- A delivery that ended without its recipient, once: when.
    document   uuid        NOT NULL,
    recipient  uuid        NOT NULL,
    expired_at timestamptz NOT NULL,
    PRIMARY KEY (document, recipient),
    FOREIGN KEY (document, recipient) REFERENCES delivery (message, recipient)
);

-- Whom to ask at an agency (N9). Null until accounts' topics have been read anew, as with its kind before.
ALTER TABLE agency ADD COLUMN contact_officer jsonb;
DELETE FROM inbox_held WHERE consumer = 'exchange';
DELETE FROM inbox WHERE consumer = 'exchange';
UPDATE generation SET id = gen_random_uuid();
