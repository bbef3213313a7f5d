-- The audit log in blocks: linked, signed by the service, stamped by a time-stamping authority. Runs before the new
-- program; the old one goes on beside it, and what it writes is put into blocks like everything else.

-- The order of records that no later commit changes: the number of the transaction, then the id. Everything below the
-- oldest transaction that still runs (pg_snapshot_xmin) is there for good. Old rows come first, as 0.
ALTER TABLE audit ADD COLUMN tx xid8 NOT NULL DEFAULT '0';
ALTER TABLE audit ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
CREATE INDEX audit_in_order ON audit (tx, id);

CREATE TABLE audit_block (
    -- Records behind the block before up to (last_tx, last_id), in their order. Signed in the transaction that makes it;
    -- the stamp comes later, once.
    block      bigint      PRIMARY KEY CHECK (block > 0),
    before     bigint      GENERATED ALWAYS AS (nullif(block - 1, 0)) STORED REFERENCES audit_block (block),
    first      bigint      NOT NULL UNIQUE CHECK (first > 0),
    count      integer     NOT NULL CHECK (count > 0),
    last_tx    xid8        NOT NULL,
    last_id    uuid        NOT NULL UNIQUE,
    chain      bytea       NOT NULL CHECK (octet_length(chain) = 32),
    made_at    timestamptz NOT NULL,
    head       bytea       NOT NULL CHECK (octet_length(head) > 0),
    head_jws   text        NOT NULL CHECK (head_jws LIKE '%..%'),
    stamp      bytea       CHECK (octet_length(stamp) > 0),
    stamped_at timestamptz,
    CHECK ((stamp IS NULL) = (stamped_at IS NULL))
);
CREATE INDEX audit_block_in_order ON audit_block (last_tx, last_id);
CREATE INDEX audit_block_to_stamp ON audit_block (block) WHERE stamp IS NULL;

CREATE FUNCTION audit_block_is_stamped_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.stamp IS NULL
        AND (OLD.block, OLD.first, OLD.count, OLD.last_tx, OLD.last_id, OLD.chain, OLD.made_at, OLD.head, OLD.head_jws)
          = (NEW.block, NEW.first, NEW.count, NEW.last_tx, NEW.last_id, NEW.chain, NEW.made_at, NEW.head, NEW.head_jws)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'blocks of the audit log are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER audit_block_stamped_once BEFORE UPDATE OR DELETE ON audit_block
    FOR EACH ROW EXECUTE FUNCTION audit_block_is_stamped_once();
CREATE TRIGGER audit_block_kept BEFORE TRUNCATE ON audit_block
    FOR EACH STATEMENT EXECUTE FUNCTION audit_block_is_stamped_once();
