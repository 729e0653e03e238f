//! `[peers]`: the models of handsets.

use std::path::PathBuf;

use handset::Models;
use thiserror::Error;

/// Which models are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peers {
    /// A folder with profiles of the operator's, which come before those that are built in.
    pub profiles_dir: Option<PathBuf>,
}

/// What is wrong with the profiles: one line each.
#[derive(Debug, Error)]
#[error("{}\n    next step: docs/handset-profiles.md says what each key means", .0.join("\n"))]
pub struct ModelsError(Vec<String>);

impl Peers {
    /// # Errors
    /// The folder or one of its files cannot be read, or says what cannot be.
    pub fn models(&self) -> Result<Models, ModelsError> {
        let read = match &self.profiles_dir {
            None => Models::built_in().map_err(|wrong| vec![wrong.to_string()]),
            Some(folder) => Models::with_folder(folder).map_err(|errors| {
                let errors = errors.iter().map(ToString::to_string);
                errors.collect()
            }),
        };
        read.map_err(ModelsError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R9.1
    #[test]
    fn what_is_wrong_in_the_folder_is_said_with_file_line_and_key() {
        let folder = std::env::temp_dir().join(format!("peers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let peers = Peers {
            profiles_dir: Some(folder.clone()),
        };
        assert!(peers.models().unwrap().named("nokia-6680").is_ok());
        std::fs::write(folder.join("a.toml"), "name = \"a\"\nlable = \"A\"\n").unwrap();
        let said = peers.models().unwrap_err().to_string();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(
            said.contains("a.toml:2: lable: unknown field `lable`"),
            "{said}"
        );
        assert!(said.contains("docs/handset-profiles.md"), "{said}");
        let said = peers.models().unwrap_err().to_string();
        assert!(said.contains(&folder.display().to_string()), "{said}");
    }
}
