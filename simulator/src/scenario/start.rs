//! The step `start`: a pipeline's name, or what its new execution is started with.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use crate::world::CodePipeline;
use crate::world::given::{GivenRevision, GivenTrigger};

/// An execution that is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The pipeline.
    pub pipeline: String,
    /// Who starts it, in the console or by the command line.
    pub by: Option<String>,
    /// Variables that do not have their defaults.
    pub variables: BTreeMap<String, String>,
    /// The revision of the first source action: a push starts it, where nobody and nothing else is named.
    pub revision: Option<GivenRevision>,
    /// Further source actions' revisions.
    pub revisions: BTreeMap<String, GivenRevision>,
    /// What starts it, where it is neither a person nor a push.
    pub trigger: Option<GivenTrigger>,
}

impl Start {
    /// Does it, and says what was done.
    pub fn perform(&self, now: Timestamp, pipelines: &mut CodePipeline) -> Result<String, String> {
        let first = self.revision.iter().map(|revision| (None, revision.clone()));
        let further = self.revisions.iter().map(|(action, revision)| (Some(action.clone()), revision.clone()));
        let revisions: Vec<_> = first.chain(further).collect();
        let number = pipelines.start_by(now, &self.pipeline, &self.variables, &revisions, self.trigger())?;
        let pipeline = &self.pipeline;
        Ok(match self.trigger() {
            Err(by) => format!("{by} starts {pipeline} #{number}"),
            Ok(trigger) if trigger.kind == "WebhookV2" => match &self.revision {
                Some(pushed) => {
                    let author = pushed.author.as_deref().or(pushed.email.as_deref()).unwrap_or("somebody");
                    format!("{author} pushes {}, which starts {pipeline} #{number}", short(&pushed.id))
                }
                None => format!("a push starts {pipeline} #{number}"),
            },
            Ok(trigger) => format!("{pipeline} #{number} starts ({})", trigger.kind),
        })
    }

    /// What started the execution: a trigger, or a person's name.
    fn trigger(&self) -> Result<GivenTrigger, &str> {
        match (&self.trigger, &self.by, &self.revision) {
            (Some(trigger), ..) => Ok(trigger.clone()),
            (None, None, Some(_)) => Ok(GivenTrigger { kind: "WebhookV2".to_owned(), detail: None }),
            (None, by, _) => Err(by.as_deref().unwrap_or("somebody")),
        }
    }
}

/// A commit id as people write it.
fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            pipeline: String,
            by: Option<String>,
            #[serde(default)]
            variables: BTreeMap<String, String>,
            revision: Option<GivenRevision>,
            #[serde(default)]
            revisions: BTreeMap<String, GivenRevision>,
            trigger: Option<GivenTrigger>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Start;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pipeline, or `{ pipeline: …, by: …, variables: …, revision: … }`")
            }

            fn visit_str<E: de::Error>(self, pipeline: &str) -> Result<Start, E> {
                let (variables, revisions) = (BTreeMap::new(), BTreeMap::new());
                let pipeline = pipeline.to_owned();
                Ok(Start { pipeline, by: None, variables, revision: None, revisions, trigger: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Start, A::Error> {
                let Long { pipeline, by, variables, revision, revisions, trigger } =
                    Long::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Start { pipeline, by, variables, revision, revisions, trigger })
            }
        }
        deserializer.deserialize_any(Either)
    }
}
