-- Which database of a cluster this is; empty where it is by itself.

CREATE TABLE @extschema@.raceway_node (
    bucket  integer PRIMARY KEY,
    buckets integer NOT NULL,
    CHECK (buckets BETWEEN 1 AND 32768 AND buckets & (buckets - 1) = 0),
    CHECK (bucket BETWEEN 0 AND buckets - 1)
);

COMMENT ON TABLE @extschema@.raceway_node IS
    'Which database of a cluster this is; empty where it is by itself';
COMMENT ON COLUMN @extschema@.raceway_node.buckets IS
    'How many databases the cluster has: a power of two, for ever';
