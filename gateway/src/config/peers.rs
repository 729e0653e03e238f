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
