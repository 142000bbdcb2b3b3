-- What both flavours say of themselves.

COMMENT ON FUNCTION @extschema@.raceway_version() IS 'The version of these objects';
COMMENT ON FUNCTION @extschema@.raceway_flavour() IS 'extension, or sql where there is none';
