//! Environment variables within the values of `raceway.toml`: `"${NAME}"`.

use std::env::{self, VarError};

use config::{ConfigError, Map, Source, Value, ValueKind};

/// A source whose strings have variables in them.
#[derive(Clone, Debug)]
pub(super) struct WithVariables<S>(pub(super) S);

impl<S: Source + Clone + Send + Sync + 'static> Source for WithVariables<S> {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut map = self.0.collect()?;
        map.values_mut().try_for_each(expand)?;
        Ok(map)
    }
}

fn expand(value: &mut Value) -> Result<(), ConfigError> {
    match &mut value.kind {
        ValueKind::String(text) => *text = expanded(text, |name| env::var(name))?,
        ValueKind::Table(table) => table.values_mut().try_for_each(expand)?,
        ValueKind::Array(values) => values.iter_mut().try_for_each(expand)?,
        _ => {}
    }
    Ok(())
}

/// The text with the variables that it names; one that is not set is an error.
fn expanded(
    text: &str,
    variable: impl Fn(&str) -> Result<String, VarError>,
) -> Result<String, ConfigError> {
    let mut rest = text;
    let mut expanded = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        let value = variable(name).map_err(|error| {
            ConfigError::Message(format!("${{{name}}}: expected an environment variable: {error}"))
        })?;
        expanded.extend([before, &value]);
        rest = after;
    }
    Ok(expanded + rest)
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::expanded;

    #[test]
    fn variables_are_replaced_by_what_they_are_set_to() {
        let variable = |name: &str| match name {
            "USER" => Ok("raceway".to_owned()),
            "PASSWORD" => Ok("a${USER}$".to_owned()),
            _ => Err(VarError::NotPresent),
        };
        let expanded = |text| expanded(text, variable).map_err(|error| error.to_string());
        assert_eq!(expanded("${USER}:${PASSWORD}@host"), Ok("raceway:a${USER}$@host".into()));
        assert_eq!(expanded("$USER $ {USER} ${USER"), Ok("$USER $ {USER} ${USER".into()));
        assert!(expanded("${HOME}").expect_err("not set").contains("${HOME}"));
    }
}
