//! A model as its file describes it: how it is recognised, what it plays, how it is treated.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::read::{self, Wrong};
use super::{Profile, ProfileError};

/// Notes by topic: sentences for people.
pub type Texts = BTreeMap<String, String>;

/// One model.
#[derive(Debug, Clone)]
pub struct Model {
    pub name: String,
    /// What is documented of it.
    pub known: Texts,
    /// What is assumed of it.
    pub assumed: Texts,
    pub matches: Match,
    /// What the simulated handset does.
    pub play: Profile,
    /// What the gateway does for it.
    pub treat: Treat,
}

/// By what the model is recognised; each of them is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// How its User-Agent or Server begins, whatever the case.
    #[serde(default)]
    pub user_agents: Vec<String>,
    /// All of these in a Contact; none: not recognised so.
    #[serde(default)]
    pub feature_tags: Vec<String>,
    /// All of these `a=` lines of the session, with `encodings` if there are any; none: not
    /// recognised so.
    #[serde(default)]
    pub session_attributes: Vec<String>,
    /// The encoding names of its video line, all of them and no other.
    #[serde(default)]
    pub encodings: Vec<String>,
}

/// What the gateway does for a model. What is absent is done as for anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treat {
    /// Encoding names that it is offered, as far as they are offered at all.
    #[serde(default)]
    pub offers: Option<Vec<String>>,
    /// Session-level `a=` lines that it wants in an offer.
    #[serde(default)]
    pub session_attributes: Vec<String>,
    /// Whether preconditions stand in the first offer (RFC 3312), to save a refusal.
    #[serde(default)]
    pub preconditions: bool,
    /// Whether its 486 says that its user declined.
    #[serde(default)]
    pub busy_means_declined: bool,
    /// Whether no picture after the answer is as it should be, until its user confirms.
    #[serde(default)]
    pub media_waits_for_user: bool,
    /// What it can take where its descriptions do not say.
    #[serde(default)]
    pub assumed: Option<Assumed>,
}

/// Limits that a description may leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    #[serde(default)]
    pub width: Option<u16>,
    #[serde(default)]
    pub height: Option<u16>,
    #[serde(default)]
    pub frames_per_second: Option<u8>,
    /// Headers not counted.
    #[serde(default)]
    pub bits_per_second: Option<u32>,
}

/// What a peer shows of itself in one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    pub user_agent: Option<String>,
    /// Of its Contact, as written: `+g.3gpp.cs-voice`, `+g.3gpp.iari-ref="…"`.
    pub feature_tags: Vec<String>,
    /// Session-level `a=` lines, without the `a=`.
    pub session_attributes: Vec<String>,
    /// Encoding names of its video line.
    pub encodings: Vec<String>,
}

/// By what a peer was recognised; the first is the surest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    UserAgent,
    FeatureTags,
    Description,
}

/// Every model there is; the default is none.
#[derive(Debug, Clone, Default)]
pub struct Models {
    /// Those of the operator first.
    models: Vec<Model>,
}

const BUILT_IN: [(&str, &str); 7] = [
    (
        "nokia-6630.toml",
        include_str!("../../profiles/nokia-6630.toml"),
    ),
    (
        "nokia-6680.toml",
        include_str!("../../profiles/nokia-6680.toml"),
    ),
    (
        "nokia-n70.toml",
        include_str!("../../profiles/nokia-n70.toml"),
    ),
    (
        "nokia-5230.toml",
        include_str!("../../profiles/nokia-5230.toml"),
    ),
    (
        "operator-variant.toml",
        include_str!("../../profiles/operator-variant.toml"),
    ),
    ("rcs-e.toml", include_str!("../../profiles/rcs-e.toml")),
    (
        "ims-terminal.toml",
        include_str!("../../profiles/ims-terminal.toml"),
    ),
];

/// Files in an operator's folder: many times what was ever sold with the service.
const FILES_AT_MOST: usize = 500;
/// A profile is two pages of text.
const FILE_BYTES_AT_MOST: u64 = 64 * 1024;

impl Models {
    /// Those that come with the program.
    ///
    /// # Errors
    /// One of them cannot be read: ours to mend.
    pub fn built_in() -> Result<Self, Wrong> {
        let read = BUILT_IN.map(|(file, text)| read::model(file, text));
        let models = read.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { models })
    }

    /// The same with those of a folder before them; one of the same name takes the other's place.
    ///
    /// # Errors
    /// All that is wrong with the folder and its files.
    pub fn with_folder(folder: &Path) -> Result<Self, Vec<ProfileError>> {
        let mut models = Self::built_in().map_err(|wrong| vec![wrong.into()])?;
        let (mut own, mut errors) = (Vec::<Model>::new(), Vec::new());
        for path in files(folder).map_err(|error| vec![error])? {
            match read_file(&path) {
                Ok(model) if own.iter().any(|other| other.name == model.name) => {
                    errors.push(ProfileError::Wrong(Wrong {
                        file: path.display().to_string(),
                        line: 1,
                        key: "name".to_owned(),
                        what: format!("another file has {} too", model.name),
                    }));
                }
                Ok(model) => own.push(model),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let replaced = |model: &Model| own.iter().any(|other| other.name == model.name);
        models.models.retain(|model| !replaced(model));
        models.models.splice(0..0, own);
        Ok(models)
    }

    /// # Errors
    /// There is none of that name; says which there are.
    pub fn named(&self, wanted: &str) -> Result<&Model, ProfileError> {
        let found = self.models.iter().find(|model| model.name == wanted);
        found.ok_or_else(|| ProfileError::Unknown {
            wanted: wanted.to_owned(),
            known: self.names().map(str::to_owned).collect(),
        })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.name.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.models.iter()
    }

    /// The model that shows itself so: by the longest beginning of a User-Agent, else by the most
    /// feature tags, else by what its description says.
    pub fn recognise(&self, signs: &Signs) -> Option<(&Model, By)> {
        let agent = signs.user_agent.as_deref().unwrap_or_default();
        let best = |by: By, fit: &dyn Fn(&Match) -> usize| {
            let fits = self.models.iter().map(|model| (fit(&model.matches), model));
            // The first of several that fit alike: the operator's.
            let best = fits
                .rev()
                .filter(|(fit, _)| *fit > 0)
                .max_by_key(|(fit, _)| *fit);
            best.map(|(_, model)| (model, by))
        };
        best(By::UserAgent, &|of| of.agent_fit(agent))
            .or_else(|| best(By::FeatureTags, &|of| of.tag_fit(&signs.feature_tags)))
            .or_else(|| best(By::Description, &|of| of.description_fit(signs)))
    }
}

impl Match {
    /// How much of the User-Agent is as it should be; 0: not this model's.
    fn agent_fit(&self, agent: &str) -> usize {
        let begins = |start: &&String| {
            agent
                .get(..start.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        };
        let fits = self.user_agents.iter().filter(begins).map(String::len);
        fits.max().unwrap_or(0)
    }

    fn tag_fit(&self, tags: &[String]) -> usize {
        all_in(&self.feature_tags, tags)
    }

    fn description_fit(&self, signs: &Signs) -> usize {
        let has = |wanted: &String, all: &[String]| {
            all.iter().any(|said| said.eq_ignore_ascii_case(wanted))
        };
        let same_encodings = self.encodings.is_empty()
            || self.encodings.iter().all(|own| has(own, &signs.encodings))
                && signs
                    .encodings
                    .iter()
                    .all(|said| has(said, &self.encodings));
        match same_encodings {
            true => {
                let lines = all_in(&self.session_attributes, &signs.session_attributes);
                if lines > 0 {
                    lines + self.encodings.len()
                } else {
                    0
                }
            }
            false => 0,
        }
    }
}

/// How many are wanted, if all of them are there.
fn all_in(wanted: &[String], there: &[String]) -> usize {
    let is_there = |text: &String| there.iter().any(|said| said.eq_ignore_ascii_case(text));
    if wanted.iter().all(is_there) {
        wanted.len()
    } else {
        0
    }
}

/// The folder's files that end in `.toml`, by name.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, ProfileError> {
    let unreadable = |error| ProfileError::Unreadable {
        path: folder.display().to_string(),
        error,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") && paths.len() < FILES_AT_MOST {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read_file(path: &Path) -> Result<Model, ProfileError> {
    let unreadable = |error| ProfileError::Unreadable {
        path: path.display().to_string(),
        error,
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > FILE_BYTES_AT_MOST {
        let error = std::io::Error::other(format!("longer than {FILE_BYTES_AT_MOST} bytes"));
        return Err(unreadable(error));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok(read::model(&path.display().to_string(), &text)?)
}

#[cfg(test)]
mod tests;
