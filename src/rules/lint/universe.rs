//! Which names AWS allows: only among these a rule has to find one of its own.

use crate::rules::matching::Field;

/// The values that a field may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Universe {
    /// The letters that they are made of; those come first that make the plainest examples.
    pub(super) letters: &'static [u8],
    /// How many letters they have; `None` for one or more. That names end after 100 is left out: at worst a rule is taken
    /// for one that decides something because of names that are longer.
    pub(super) length: Option<usize>,
}

impl Universe {
    pub(super) const fn of(field: Field) -> Self {
        match field {
            Field::Pipeline | Field::Stage | Field::Action => {
                let letters = b"abcdefghijklmnopqrstuvwxyz0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ_.@";
                Self { letters, length: None }
            }
            Field::Region => Self { letters: b"abcdefghijklmnopqrstuvwxyz0123456789-", length: None },
            Field::Account => Self { letters: b"0123456789", length: Some(12) },
        }
    }

    /// Whether a value may be this.
    pub(super) fn has(self, value: &str) -> bool {
        let fits = self.length.map_or(!value.is_empty(), |length| value.len() == length);
        fits && value.bytes().all(|letter| self.letters.contains(&letter))
    }
}

/// Whether a request for approval may leave a field open.
pub(super) const fn may_be_unknown(field: Field) -> bool {
    matches!(field, Field::Stage | Field::Action | Field::Account)
}
