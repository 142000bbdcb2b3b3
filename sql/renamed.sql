-- Functions that are not for users begin with an underscore, which 0.1.0 did not have.

DO $$
DECLARE
    routine record;
BEGIN
    FOR routine IN
        SELECT oid::regprocedure AS signature, '_' || proname AS name
        FROM pg_proc
        WHERE pronamespace = '@extschema@'::regnamespace
          AND proname = ANY (ARRAY(
              SELECT 'raceway_' || name
              FROM unnest(ARRAY[
                  'add_frames', 'cast_instant', 'clock', 'clock_is_at_most', 'count_events',
                  'count_up_to', 'counts', 'decode_batch', 'decode_event', 'decode_events',
                  'decode_sdk_event', 'double', 'drop_partitions', 'duration', 'elements',
                  'escape', 'escape_json', 'estimate_rows', 'expire', 'fields', 'fill',
                  'flat_json', 'follow_events', 'follow_traces', 'frame_ids', 'has_plain_times',
                  'head', 'id_key', 'ingest_events', 'insert_event', 'insert_events', 'instant',
                  'is_in_window', 'is_shared', 'is_uuid', 'is_whole_number', 'jsonb',
                  'keep_memory', 'key', 'known_traces', 'location', 'lock_set', 'merge_traces',
                  'name_rank', 'open_days', 'open_partition', 'outline', 'outline_clock',
                  'outline_kind', 'outline_member', 'outline_object', 'outline_pairs',
                  'outline_sdk_metadata', 'partitions', 'payload', 'recount_traces', 'refusal',
                  'repeated', 'reports', 'sent_id', 'service', 'start_empty', 'store_events',
                  'stored_places', 'template', 'text', 'text_at', 'text_elements', 'trace_nos',
                  'trace_text', 'unescape_json', 'utc', 'vector_clock', 'whole_number',
                  'whole_values', 'would_expire']) AS name))
    LOOP
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', routine.signature, routine.name);
    END LOOP;
END
$$;
