//! Names that somebody may have meant.

/// How many names are told where none is near.
const MOST: usize = 40;

/// `did you mean …?` where one of `names` is near, else all of them.
pub fn did_you_mean(wrong: &str, names: &[&str], prefix: &str, otherwise: &str) -> String {
    match nearest(wrong, names) {
        Some(name) => format!("did you mean `{prefix}{name}`?"),
        None => {
            let mut sorted = names.to_vec();
            sorted.sort_unstable();
            let told: Vec<String> = sorted.iter().take(MOST).map(|name| format!("`{prefix}{name}`")).collect();
            let rest = match sorted.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{otherwise} {}{rest}", told.join(", "))
        }
    }
}

/// The name that was probably meant.
pub fn nearest<'n>(wrong: &str, names: &[&'n str]) -> Option<&'n str> {
    names
        .iter()
        // Longer words can't be near, and comparing them takes time by the product of the lengths.
        .filter(|name| wrong.chars().count() <= name.chars().count() + near(name))
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .filter(|(distance, name)| *distance <= near(name))
        .min()
        .map(|(_, name)| name)
}

/// How many letters may be wrong.
fn near(name: &str) -> usize {
    1.max(name.chars().count() / 3)
}
