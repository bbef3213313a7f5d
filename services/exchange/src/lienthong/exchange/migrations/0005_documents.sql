-- What admission looks up: which numbers and symbols an agency has used, and what kind of agency it is. Runs before the
-- new program; the old one goes on beside it, its documents then have no row in `document` and nobody is warned of them.

CREATE TABLE document (
    -- The number and symbol of an accepted document in one form (domain/symbols.py), per sender and year: a second one
    -- is warned of (Decree 30/2020 Art 15, 22), not forbidden; so it is no constraint.
    message uuid     PRIMARY KEY REFERENCES message (id),
    sender  uuid     NOT NULL,
    year    smallint NOT NULL,
    symbol  text     NOT NULL COLLATE "C" CHECK (symbol LIKE '%/%')
);
CREATE INDEX document_by_symbol ON document (sender, year, symbol, message);

INSERT INTO document (message, sender, year, symbol)
SELECT id, sender, extract(year FROM (data -> 'promulgation' ->> 'date')::date),
       upper(ltrim(btrim(data -> 'code' ->> 'number'), '0') || '/' || btrim(data -> 'code' ->> 'notation'))
FROM (SELECT id, sender, convert_from(payload, 'UTF8')::jsonb AS event FROM message) AS accepted
     CROSS JOIN LATERAL (SELECT event -> 'data') AS said (data)
WHERE event ->> 'type' = 'vn.lienthong.exchange.document_sent.v1';

-- Null until accounts' topics have been read anew, which the new generation brings about: consumer groups begin at the
-- start, and nothing counts as known. Reading an event of accounts again changes nothing else.
ALTER TABLE agency ADD COLUMN kind text CHECK (kind <> '');
DELETE FROM inbox_held WHERE consumer = 'exchange';
DELETE FROM inbox WHERE consumer = 'exchange';
UPDATE generation SET id = gen_random_uuid();
