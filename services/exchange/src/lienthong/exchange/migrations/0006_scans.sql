-- What the virus scanner said of an upload. Runs before the new program; the old one scans nothing and says so.

ALTER TABLE upload ADD COLUMN scan text NOT NULL DEFAULT 'not_scanned' CHECK (
    -- `infected`: found when the file came again after a message had adopted it; no other message may carry it.
    scan IN ('clean', 'not_scanned', 'infected')
);
