-- Statuses 01 to 06 that recipients report of their documents (Decision 28/2018). Runs before the new program; the old
-- one goes on beside it: it delivers documents only, and those begin as `sent`.

-- Where a recipient is with a document: what its statuses come to. An entry that is itself a status has no state.
ALTER TABLE delivery ADD COLUMN state text DEFAULT 'sent' CHECK (
    state IN ('sent', 'arrived', 'refused', 'received', 'assigned', 'processing', 'done')
);

CREATE TABLE status (
    -- `message` brought it, `document` (a message too) is what it is about, at this recipient. Never overwritten: what
    -- fits late is stored late. What is read often is beside the signed bytes.
    message     uuid        PRIMARY KEY REFERENCES message (id),
    document    uuid        NOT NULL,
    recipient   uuid        NOT NULL,
    code        text        NOT NULL CHECK (code IN ('01', '02', '03', '04', '05', '06')),
    said_at     timestamptz NOT NULL,
    late        boolean     NOT NULL,
    description text        CHECK (description <> ''),
    FOREIGN KEY (document, recipient) REFERENCES delivery (message, recipient),
    CHECK (message <> document),
    CHECK (code <> '02' OR description IS NOT NULL)
);
CREATE INDEX status_by_delivery ON status (document, recipient);
-- Assigned and processing may come again, each of the others once.
CREATE UNIQUE INDEX status_once ON status (document, recipient, code) WHERE code IN ('01', '02', '03', '06');
-- A delivery is refused or received, never both.
CREATE UNIQUE INDEX status_refused_or_received ON status (document, recipient) WHERE code IN ('02', '03');
