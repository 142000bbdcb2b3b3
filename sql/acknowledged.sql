-- Events that a sender was told are stored, and that Postgres has rejected after that, are not among
-- those that raceway_quarantine() forgets.

ALTER TABLE @extschema@.raceway_rejected ADD COLUMN acknowledged integer;

COMMENT ON COLUMN @extschema@.raceway_rejected.acknowledged IS
    'How many events of it the sender was told are stored; NULL where it was told that they are rejected';
COMMENT ON COLUMN @extschema@.raceway_rejected.event IS
    'As it was sent, one event or a body; NULL where it was larger than 100,000 bytes and not acknowledged';
