//! Slack's ids. They can only be made from text that looks like one.

use std::fmt;

/// A letter for the kind, then capital letters and digits: <https://docs.slack.dev/reference>. The lengths differ.
fn is_id(text: &str, kinds: &[char]) -> bool {
    text.len() >= 3
        && text.starts_with(kinds)
        && text.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kinds:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id that `text` is.
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text, $kinds).then(|| Self(text.to_owned()))
            }

            /// The id as Slack writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A workspace: `T…`.
    TeamId,
    &['T']
);
id!(
    /// A channel: `C…`, of a private one also `G…`, of direct messages `D…`.
    ChannelId,
    &['C', 'G', 'D']
);
id!(
    /// A user: `U…` or `W…`.
    UserId,
    &['U', 'W']
);
id!(
    /// A user group: `S…`.
    UserGroupId,
    &['S']
);

/// What kind of id `text` is, as far as it is one of those that rules name.
pub(super) fn kind(text: &str) -> Option<&'static str> {
    if TeamId::parse(text).is_some() {
        Some("a workspace")
    } else if ChannelId::parse(text).is_some() {
        Some("a channel")
    } else if UserId::parse(text).is_some() {
        Some("a user")
    } else {
        UserGroupId::parse(text).map(|_| "a user group")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_capital_letters_and_digits_after_their_letter() {
        for text in ["T024BE7LH", "T0ACME", "TACME"] {
            assert_eq!(TeamId::parse(text).map(|id| id.as_str().to_owned()).as_deref(), Some(text));
        }
        for text in ["", "T", "T0", "t0acme", "T0acme", "T0-ACME", "U0JANE", " T0ACME", "T0ACME\n", "T0ÄCME"] {
            assert_eq!(TeamId::parse(text), None, "{text:?}");
        }
        let kinds: Vec<_> = ["C0A", "G0A", "D0A", "U0A", "W0A", "S0A", "T0A", "B0A", "jane"].map(kind).to_vec();
        let (channel, user) = (Some("a channel"), Some("a user"));
        let rest = [Some("a user group"), Some("a workspace"), None, None];
        assert_eq!(kinds, [&[channel, channel, channel, user, user][..], &rest].concat());
    }
}
