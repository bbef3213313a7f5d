-- What agencies owe after agreed take-backs and revocations is looked up by who owes it, and by who asks each time.

CREATE INDEX change_request_removal ON change_request (recipient)
    WHERE state = 'agreed' AND kind IN ('take_back', 'revoke') AND removal IS NULL;
CREATE INDEX change_request_asked ON change_request (recipient) WHERE state = 'asked';
