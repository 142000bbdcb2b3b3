//! Where in a database the API is.

use thiserror::Error;

/// On Supabase, unless another is asked for.
const OF_SUPABASE: &str = "raceway";

/// What it serves to whoever has a key of the project.
const EXPOSED: &str = "public";

#[derive(Debug, Error)]
#[error(
    "storage.postgres.schema: expected another than public, which Supabase serves over its REST API"
)]
pub(crate) struct ExposedSchema;

/// The schema that holds the API, or whatever `search_path` finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Namespace {
    /// Quoted.
    schema: Option<String>,
    /// Whether Supabase's REST API serves this database.
    is_supabase: bool,
}

impl Namespace {
    /// The schema as it is configured; Supabase has a default, and does not take each.
    pub(crate) fn new(schema: Option<&str>, is_supabase: bool) -> Result<Self, ExposedSchema> {
        let schema = schema.or(is_supabase.then_some(OF_SUPABASE));
        if is_supabase && schema == Some(EXPOSED) {
            return Err(ExposedSchema);
        }
        Ok(Namespace { schema: schema.map(quoted), is_supabase })
    }

    /// The schema, quoted, unless it is left to `search_path`.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(crate) fn is_supabase(&self) -> bool {
        self.is_supabase
    }

    /// A query whose names of ours are written `@extschema@.name`. Names are qualified because a
    /// `search_path` that a session has set is another client's behind a pooler.
    pub(crate) fn sql(&self, text: &str) -> String {
        match &self.schema {
            Some(schema) => text.replace("@extschema@", schema),
            None => text.replace("@extschema@.", ""),
        }
    }
}

/// As an identifier of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::Namespace;

    #[test]
    fn names_are_qualified_where_a_schema_is_named() {
        let sql = |schema, is_supabase| {
            let namespace = Namespace::new(schema, is_supabase).expect("a schema");
            namespace.sql("SELECT @extschema@.f(1)")
        };
        assert_eq!(sql(None, false), "SELECT f(1)");
        assert_eq!(sql(Some("my \"own\""), false), "SELECT \"my \"\"own\"\"\".f(1)");
        assert_eq!(sql(None, true), "SELECT \"raceway\".f(1)");
        assert_eq!(sql(Some("own"), true), "SELECT \"own\".f(1)");
    }

    #[test]
    fn supabase_serves_public() {
        assert!(Namespace::new(Some("public"), true).is_err());
        assert!(Namespace::new(Some("public"), false).is_ok());
    }
}
