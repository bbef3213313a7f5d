-- What was taken back or revoked is withheld in all its versions (Decision 28/2018 Art 8, 9), also in those before the one
-- that stood. Runs before the new program; the old one goes on beside it and withholds the one that stood.

CREATE TABLE withheld_version (
    -- This delivery of a version that had ended otherwise is withheld because `request` (a message) has ended the
    -- document at its recipient; `state` is what became of the document by it.
    message   uuid NOT NULL,
    recipient uuid NOT NULL,
    request   uuid NOT NULL REFERENCES message (id),
    state     text NOT NULL CHECK (state IN ('withdrawn', 'taken_back', 'revoked')),
    PRIMARY KEY (message, recipient),
    FOREIGN KEY (message, recipient) REFERENCES delivery (message, recipient)
);

INSERT INTO withheld_version (message, recipient, request, state)
SELECT DISTINCT ON (d.message, d.recipient) d.message, d.recipient, r.message, ended.state
FROM delivery AS ended
     JOIN change_request AS r ON (r.document, r.recipient) = (ended.message, ended.recipient)
     JOIN message AS m ON m.id = ended.message
     JOIN message AS v ON (v.sender, v.subject) = (m.sender, m.subject)
     JOIN delivery AS d ON (d.message, d.recipient) = (v.id, ended.recipient)
WHERE ended.state IN ('withdrawn', 'taken_back', 'revoked') AND r.state IN ('granted', 'agreed')
  AND d.state IN ('refused', 'updated', 'replaced', 'expired', 'declined')
ORDER BY d.message, d.recipient, r.message;
