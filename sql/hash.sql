-- Where a trace belongs in a cluster: each database and the proxies in front have to agree.
--
-- Of our own, as nobody may change it: an event would be looked for where it is not. hashtext() may be another one in
-- the next release of Postgres.

CREATE OR REPLACE FUNCTION @extschema@._raceway_hash(trace_id text)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    ('x' || left(encode(sha256(convert_to(trace_id, 'UTF8')), 'hex'), 4))::bit(16)::integer, 0);
COMMENT ON FUNCTION @extschema@._raceway_hash(text) IS
    'The first 16 bits of the SHA-256 of a trace id: the bucket of a trace is the last of them, as many as the number of buckets needs';
