-- What figures of exchange are counted from (N10, Decision 28/2018 Art 14). Rows of `message` are long, for they hold what
-- was signed; these two indexes hold all that figures ask of them, so that counting never reads those rows.

CREATE INDEX message_by_sender_and_time ON message (sender, accepted_at) INCLUDE (id);
CREATE INDEX message_time ON message (id) INCLUDE (accepted_at, sender);
CREATE INDEX late_entry_by_time ON late_entry (agency_id, entered_at);
CREATE INDEX registration_by_time ON registration (agency_id, registered_at);
