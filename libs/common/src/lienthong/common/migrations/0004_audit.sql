-- Who did what to what, and how it ended: written in the transaction of the act, never changed afterwards.
--
-- `entry` is the exact text of the record and `leaf` its SHA-256, fixed from the first day, so that a hash chain and a
-- transparency log can be built over rows that were there before them.

CREATE TABLE audit (
    id      uuid        PRIMARY KEY,
    at      timestamptz NOT NULL,
    who     text        NOT NULL CHECK (who <> ''),
    act     text        NOT NULL CHECK (act ~ '^[a-z_]+(\.[a-z_]+)+$'),
    object  text        NOT NULL CHECK (object <> ''),
    outcome text        NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    entry   bytea       NOT NULL CHECK (octet_length(entry) BETWEEN 2 AND 16384),
    leaf    bytea       NOT NULL GENERATED ALWAYS AS (sha256(entry)) STORED UNIQUE
);
CREATE INDEX audit_by_object ON audit (object, at);
CREATE INDEX audit_by_who ON audit (who, at);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
