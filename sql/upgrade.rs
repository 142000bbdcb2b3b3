//! From what a release of the extension has installed to this version.

use std::collections::HashSet;

use crate::{FUNCTIONS, MIGRATIONS, Script};

/// The script of `ALTER EXTENSION raceway UPDATE`: tables that the script of the release does not
/// have, what has to be done by hand before, and all that can be run again.
///
/// Not the privileges that the release has given: `pg_dump` would take what others were granted
/// meanwhile for the extension's own, and leave it out.
pub fn upgrade(release: &str, before: &str) -> String {
    let tables = MIGRATIONS.iter().map(Script::extension).filter(|sql| !release.contains(sql));
    let script = tables.collect::<String>() + before + &FUNCTIONS.extension();
    let given: HashSet<String> = privileges(release).map(words).collect();
    let again = privileges(&script).filter(|statement| given.contains(&words(statement)));
    again.fold(script.clone(), |script, statement| script.replace(statement, ""))
}

/// The statements that give and take privileges: each starts a line.
fn privileges(script: &str) -> impl Iterator<Item = &str> {
    let starts = ["\nGRANT ", "\nREVOKE "].into_iter().flat_map(|verb| script.match_indices(verb));
    starts.filter_map(|(start, _)| script[start + 1..].split_inclusive(";\n").next())
}

/// A statement, whatever its lines are, and by the names of 0.1.0.
fn words(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    words.join(" ").replace("@._raceway_", "@.raceway_")
}

#[cfg(test)]
mod tests {
    use super::{privileges, upgrade};

    const RELEASE: &str = "CREATE …;
REVOKE ALL ON FUNCTION @extschema@.raceway_retention(interval, boolean)
    FROM PUBLIC;
";

    #[test]
    fn privileges_are_found_where_they_start_a_line() {
        let script = "-- REVOKE is\nGRANT SELECT ON a\n    TO b;\nDO $$ REVOKE $$;\n\nREVOKE c;\n";
        assert_eq!(
            privileges(script).collect::<Vec<_>>(),
            ["GRANT SELECT ON a\n    TO b;\n", "REVOKE c;\n"]
        );
    }

    #[test]
    fn privileges_that_a_release_has_given_are_not_given_again() {
        let given = "REVOKE ALL ON FUNCTION @extschema@.raceway_retention(";
        assert!(upgrade("", "").contains(given));
        let script = upgrade(RELEASE, "");
        assert!(!script.contains(given));
        assert!(script.contains("REVOKE ALL ON FUNCTION @extschema@._raceway_expire("));
        assert!(script.contains("FUNCTION @extschema@.raceway_retention("));
    }

    #[test]
    fn tables_of_a_release_stay_as_they_are() {
        let first = crate::MIGRATIONS[0].extension();
        assert!(upgrade(RELEASE, "").contains(&first));
        let script = upgrade(&first, "ALTER FUNCTION by_hand;\n");
        assert!(!script.contains(&first));
        assert!(script.contains("ADD COLUMN acknowledged"));
        assert!(script.contains("ALTER FUNCTION by_hand;\n"));
    }
}
