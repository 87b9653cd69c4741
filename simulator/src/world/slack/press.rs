//! People press buttons.

use jiff::Timestamp;

use super::{Interaction, Workspace};

impl Workspace {
    /// Presses a button.
    pub fn press(&mut self, _now: Timestamp, person: &str, button: &str) -> Result<Interaction, String> {
        Err(format!("`{person}` sees no button `{button}`"))
    }
}
