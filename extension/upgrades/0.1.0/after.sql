-- Functions of 0.1.0 that nothing uses any more.

DROP FUNCTION @extschema@._raceway_text_at(jsonb, text[]);
DROP FUNCTION @extschema@._raceway_payload(jsonb, text, text);
DROP FUNCTION @extschema@._raceway_duration(jsonb, text, text);
DROP FUNCTION @extschema@._raceway_location(jsonb, text, text);
DROP FUNCTION @extschema@._raceway_lock_set(jsonb, text);
DROP FUNCTION @extschema@._raceway_vector_clock(jsonb, text);
