-- Two lanes: what is urgent leaves the outbox without waiting for what is ordinary, however much that is. The lane stands
-- in the topic's name, so that all rows of a topic and key are in one lane and keep their order.

ALTER TABLE outbox ADD COLUMN urgent boolean NOT NULL GENERATED ALWAYS AS (topic LIKE '%.urgent.%') STORED;
-- Found at once behind any number of ordinary rows.
CREATE INDEX outbox_urgent ON outbox (id) WHERE urgent;
