//! The files that a scenario names: what it is given, and its recordings.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use signoff::diagnostic::{Diagnostic, Source};

use super::format::{Scenario, Step};
use super::overridden;
use super::problem::{self, VALUE};
use super::way::{Mistake, Parts, Way};
use crate::file;
use crate::world::{Given, World};

/// Where a scenario's files are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The scenario's own folder.
    pub folder: PathBuf,
    /// The recordings' folder.
    pub recordings: PathBuf,
}

/// Why a scenario can't be played.
#[derive(Debug)]
pub enum Unplayable {
    /// Something in one of its files.
    Wrong(Diagnostic),
    /// Anything else, with its place.
    Other(String),
}

impl From<String> for Unplayable {
    fn from(what: String) -> Self {
        Self::Other(what)
    }
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(diagnostic) => diagnostic.fmt(f),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// The file with the workspace and the pipelines that a file names, if it is a scenario, or is.
pub fn given_of(file: &Path) -> Result<PathBuf, String> {
    #[derive(Deserialize)]
    struct Named {
        given: Option<String>,
    }
    let text = file::read(file).map_err(|why| format!("`{}` can't be read: {why}", file.display()))?;
    let source = Source::new(file.display().to_string(), text);
    let named: Named =
        serde_yaml::from_str(&source.text).map_err(|error| problem::of_yaml(&source, &error).to_string())?;
    Ok(named.given.map_or_else(|| file.to_owned(), |given| file.parent().unwrap_or(Path::new("")).join(given)))
}

/// The world that such a file describes.
pub fn world(path: &Path, now: Timestamp) -> Result<(Given, World), Unplayable> {
    let text = file::read(path).map_err(|why| format!("`{}` can't be read: {why}", path.display()))?;
    let source = Source::new(path.display().to_string(), text);
    let given: Given =
        serde_yaml::from_str(&source.text).map_err(|error| Unplayable::Wrong(problem::of_yaml(&source, &error)))?;
    let world = World::new(&given, now).map_err(|what| {
        // It begins with the place: `pipelines.web.stages[0].name: …`.
        let parts = Parts::of(&source);
        let way = parts.way(what.split_once(": ").map_or("", |(place, _)| place));
        Unplayable::Wrong(parts.diagnostic(VALUE, Mistake::of_value(way, what)))
    })?;
    Ok((given, world))
}

impl Scenario {
    /// The file with the workspace and the pipelines.
    pub fn given(&self, place: &Place) -> Result<PathBuf, Unplayable> {
        let path = place.folder.join(&self.given);
        if path.is_file() {
            return Ok(path);
        }
        let folder = path.parent().unwrap_or(&place.folder);
        let known = file::names(folder, &["yaml", "yml", "json"]);
        let what = format!("there is no file `{}`", path.display());
        Err(self.unplayable(not_there(Way::to("given"), what, &path, folder, &known)))
    }

    /// The folder of its own rules, where it has some.
    pub fn own_rules(&self, place: &Place) -> Option<PathBuf> {
        self.rules.as_ref().map(|rules| place.folder.join(rules))
    }

    /// What it names must be there: people, channels and pipelines in the world as it begins, and folders of rules.
    pub fn check_against(&self, place: &Place, world: &World) -> Result<(), Unplayable> {
        self.check_names(world).map_err(|wrong| self.unplayable(wrong))?;
        let edited =
            self.all_steps().filter_map(|(way, step)| Some((way.key("edit_rules"), step.edit_rules.as_ref()?)));
        for (way, rules) in self.rules.iter().map(|rules| (Way::to("rules"), rules)).chain(edited) {
            let path = place.folder.join(rules);
            if !path.is_dir() {
                let what = format!("there is no folder `{}`", path.display());
                return Err(self.unplayable(Mistake::of_value(way, what)));
            }
        }
        Ok(())
    }

    /// The recordings that the steps name.
    pub fn recordings(&self, place: &Place) -> Result<BTreeMap<String, Value>, Unplayable> {
        let mut found = BTreeMap::new();
        for (way, step) in self.all_steps() {
            let recording = step.deliver.as_ref().filter(|_| step.delivers_events().is_none());
            for (key, name) in [("deliver", recording), ("replay", step.replay.as_ref())] {
                let Some(name) = name.filter(|name| !found.contains_key(*name)) else { continue };
                let recording =
                    recording_of(place, name, way.clone().key(key)).map_err(|wrong| self.unplayable(wrong))?;
                found.insert(name.clone(), recording);
            }
            let name = recording.or(step.replay.as_ref());
            if let Some((name, recording)) = name.and_then(|name| Some((name, found.get(name)?))) {
                differs(step, name, recording.clone(), &way.key("with")).map_err(|wrong| self.unplayable(wrong))?;
            }
        }
        Ok(found)
    }

    /// Every step and the way to it, those that happen meanwhile after their own.
    pub(super) fn all_steps(&self) -> impl Iterator<Item = (Way, &Step)> {
        self.steps.iter().enumerate().flat_map(|(number, step)| {
            let way = Way::step(number);
            let meanwhile = way.clone().key("meanwhile");
            let inner = step.meanwhile.iter().enumerate().map(move |(at, step)| (meanwhile.clone().item(at), step));
            std::iter::once((way, step)).chain(inner)
        })
    }

    fn unplayable(&self, mistake: Mistake) -> Unplayable {
        Unplayable::Wrong(self.parts.diagnostic(VALUE, mistake))
    }
}

fn recording_of(place: &Place, name: &str, way: Way) -> Result<Value, Mistake> {
    let path = place.recordings.join(name);
    let shown = path.display();
    if !path.exists() {
        let known = file::names(&place.recordings, &["json"]);
        let what = format!("there is no recording `{shown}`");
        return Err(not_there(way, what, Path::new(name), &place.recordings, &known));
    }
    let wrong = |what: String| Mistake::of_value(way.clone(), what);
    let text = file::read(&path).map_err(|why| wrong(format!("the recording `{shown}` can't be read: {why}")))?;
    serde_json::from_str(&text).map_err(|error| wrong(format!("the recording `{shown}` is not JSON: {error}")))
}

/// Every field that a step has different must be there, or be said to be new.
fn differs(step: &Step, name: &str, mut recording: Value, way: &Way) -> Result<(), Mistake> {
    for (field, to) in &step.with {
        overridden::set(&mut recording, field, to).map_err(|nowhere| {
            let what = format!("`{field}` is no way to a field of `{name}`: {}", nowhere.what);
            Mistake::of_key(way.clone().key(field), what).help(nowhere.help())
        })?;
    }
    Ok(())
}

/// A file that is not there, and those that are.
fn not_there(way: Way, what: String, path: &Path, folder: &Path, known: &[String]) -> Mistake {
    let wrong = Mistake::of_value(way, what);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match known.as_slice() {
        [] => wrong,
        known => wrong.known(&name, known, &format!("there are, in `{}`,", folder.display())),
    }
}
