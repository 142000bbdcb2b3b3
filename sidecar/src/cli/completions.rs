//! `raceway-sidecar completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandError, stdout};

/// `raceway-sidecar completions`
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn print(CompletionsArgs { shell }: &CompletionsArgs) -> Result<(), CommandError> {
    let mut script = Vec::new();
    let mut command = super::Args::command();
    clap_complete::generate(*shell, &mut command, "raceway-sidecar", &mut script);
    stdout::print(String::from_utf8_lossy(&script).trim_end())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::{env, fs};

    use clap::CommandFactory;

    use crate::cli::Args;

    /// The pages in a folder, by the names of their files.
    fn pages(folder: &Path) -> BTreeMap<String, String> {
        let page = |path: &Path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a page"))
        };
        let files = fs::read_dir(folder).expect("a folder");
        files.map(|file| page(&file.expect("a file").path())).collect()
    }

    /// `WRITE_MAN=1 cargo test -p raceway-sidecar the_manual_in_docs` writes it.
    #[test]
    fn the_manual_in_docs_is_that_of_the_commands() {
        let folder = tempfile::tempdir().expect("a folder");
        let command = Args::command().disable_help_subcommand(true);
        clap_mangen::generate_to(command, folder.path()).expect("pages");
        let pages_now = pages(folder.path());
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/man");
        if env::var_os("WRITE_MAN").is_some() {
            drop(fs::remove_dir_all(&kept));
            fs::create_dir_all(&kept).expect("a folder");
            for (name, text) in &pages_now {
                fs::write(kept.join(name), text).expect("a page");
            }
        }
        let hint =
            "write docs/man anew: WRITE_MAN=1 cargo test -p raceway-sidecar the_manual_in_docs";
        assert!(pages(&kept) == pages_now, "{hint}");
    }
}
