-- Operators of the platform work with machine clients of their own, which act for no agency. Runs before the new program.

ALTER TABLE client ADD COLUMN duties text[] NOT NULL DEFAULT '{}' CHECK (duties <@ ARRAY['operate']);

-- Whoever has a duty acts for no agency, and the other way round: asked by one writer, who holds the client's row.
CREATE FUNCTION duty_or_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM client WHERE client_id = NEW.client_id AND duties <> '{}') THEN
        RAISE EXCEPTION 'a client with a duty acts for no agency' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER grant_needs_no_duty BEFORE INSERT ON client_grant FOR EACH ROW EXECUTE FUNCTION duty_or_grants();
