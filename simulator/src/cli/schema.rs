//! `signoff schema`: JSON Schemas, for editors and for other programs.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::{End, closed};

/// Print the JSON Schema of rules, templates or scenarios
///
/// Editors that speak to the YAML language server complete and check a file whose first line names its schema:
///
///   # yaml-language-server: $schema=rules.schema.json
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  signoff schema > rules.schema.json\n  signoff schema scenario > scenario.schema.json"
)]
pub struct Schema {
    /// Of what
    #[arg(value_enum, default_value_t = Of::Rules)]
    of: Of,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Files of the rules folder
    Rules,
    /// Files of the templates folder
    Template,
    /// Scenario files
    Scenario,
}

impl Schema {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let schema = match self.of {
            Of::Rules => include_str!("../../../schemas/rules.schema.json"),
            Of::Template => include_str!("../../../schemas/template.schema.json"),
            Of::Scenario => include_str!("../../../schemas/scenario.schema.json"),
        };
        out.write_all(schema.as_bytes()).map_err(closed)?;
        Ok(End::Well)
    }
}
