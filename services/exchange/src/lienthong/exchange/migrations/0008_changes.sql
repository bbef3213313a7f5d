-- Changes of documents that were sent: take-back, revocation, update, replacement, and what recipients answer (Decision
-- 28/2018 Art 8, 9). Runs before the new program; the old one goes on beside it: it knows no changes and makes none.

-- A delivery may end by a change, or without its recipient. A newer version goes on in the state of the one before it:
-- `start_state` is where its own statuses begin then, null for `sent`.
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_state_check CHECK (
    state IN ('sent', 'arrived', 'refused', 'received', 'assigned', 'processing', 'done',
              'withdrawn', 'taken_back', 'revoked', 'updated', 'replaced', 'expired', 'declined')
);
ALTER TABLE delivery ADD COLUMN start_state text CHECK (
    start_state IN ('received', 'assigned', 'processing', 'done')
);
ALTER TABLE delivery ADD CONSTRAINT delivery_started CHECK (start_state IS NULL OR state NOT IN ('sent', 'arrived', 'refused'));

CREATE TABLE change_request (
    -- `message` asked `recipient` to have `document` (a message too) changed: it is a take-back, or a document of type 1
    -- to 3. Granted at once where the document had not arrived; else answered by `answer`, or lapsed. After an agreed
    -- take-back or revocation the content is removed, which `removal` reports.
    message     uuid        NOT NULL REFERENCES message (id),
    document    uuid        NOT NULL,
    recipient   uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('take_back', 'revoke', 'update', 'replace')),
    state       text        NOT NULL CHECK (state IN ('asked', 'granted', 'agreed', 'refused', 'lapsed')),
    reason      text        CHECK (reason <> ''),
    answer      uuid        REFERENCES message (id),
    description text        CHECK (description <> ''),
    lapsed_at   timestamptz,
    removal     uuid        REFERENCES message (id),
    PRIMARY KEY (message, recipient, document),
    FOREIGN KEY (document, recipient) REFERENCES delivery (message, recipient),
    FOREIGN KEY (message, recipient) REFERENCES delivery (message, recipient),
    CHECK (message <> document),
    CHECK ((state IN ('agreed', 'refused')) = (answer IS NOT NULL)),
    CHECK ((state = 'lapsed') = (lapsed_at IS NOT NULL)),
    CHECK (state <> 'refused' OR description IS NOT NULL),
    CHECK (removal IS NULL OR (state = 'agreed' AND kind IN ('take_back', 'revoke')))
);
CREATE INDEX change_request_by_document ON change_request (document, recipient);
-- One open request of a delivery, and one change that has ended it.
CREATE UNIQUE INDEX change_request_open ON change_request (document, recipient) WHERE state = 'asked';
CREATE UNIQUE INDEX change_request_done ON change_request (document, recipient) WHERE state IN ('granted', 'agreed');

-- Versions of a document: the messages of one sender with one subject.
CREATE INDEX message_by_subject ON message (sender, subject);
