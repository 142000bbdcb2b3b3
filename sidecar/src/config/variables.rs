//! Environment variables within the values of `raceway.toml`: `"${NAME}"`.

use std::collections::BTreeSet;
use std::env::{self, VarError};

use super::problem::Problem;
use super::tree::Node;

/// Puts what they are set to in their place; returns their names. One that is not set is a problem.
pub(super) fn expand(tree: &mut Node, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    tree.each_text(&mut |text, place| {
        let mut variable = |name: &str| {
            names.insert(name.to_owned());
            env::var(name)
        };
        match expanded(text, &mut variable) {
            Ok(expanded) => *text = expanded,
            Err(message) => problems.push(Problem { place: place.cloned(), message }),
        }
    });
    names
}

/// The text with the variables that it names; the error says which is not set.
fn expanded(
    text: &str,
    variable: &mut impl FnMut(&str) -> Result<String, VarError>,
) -> Result<String, String> {
    let mut rest = text;
    let mut expanded = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        let value = variable(name)
            .map_err(|error| format!("${{{name}}}: expected an environment variable: {error}"))?;
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
        let mut variable = |name: &str| match name {
            "USER" => Ok("raceway".to_owned()),
            "PASSWORD" => Ok("a${USER}$".to_owned()),
            _ => Err(VarError::NotPresent),
        };
        let mut expanded = |text| expanded(text, &mut variable);
        assert_eq!(expanded("${USER}:${PASSWORD}@host"), Ok("raceway:a${USER}$@host".into()));
        assert_eq!(expanded("$USER $ {USER} ${USER"), Ok("$USER $ {USER} ${USER".into()));
        assert!(expanded("${HOME}").expect_err("not set").contains("${HOME}"));
    }
}
