-- Functions of 0.1.0 that nothing uses any more.

DROP FUNCTION @extschema@.raceway_text_at(jsonb, text[]);
DROP FUNCTION @extschema@.raceway_payload(jsonb, text, text);
DROP FUNCTION @extschema@.raceway_duration(jsonb, text, text);
DROP FUNCTION @extschema@.raceway_location(jsonb, text, text);
DROP FUNCTION @extschema@.raceway_lock_set(jsonb, text);
DROP FUNCTION @extschema@.raceway_vector_clock(jsonb, text);
