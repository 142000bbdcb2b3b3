-- Which scripts made this schema: those of tables are run once each, in order, and never change;
-- that of functions is run again by every version.

CREATE TABLE IF NOT EXISTS @extschema@.raceway_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @extschema@.raceway_migrations IS
    'The scripts that raceway-sidecar migrate has run here, with their SHA-256';
REVOKE ALL ON TABLE @extschema@.raceway_migrations FROM PUBLIC;
