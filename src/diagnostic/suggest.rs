//! Names that somebody may have meant.

/// `did you mean …?` where one of `names` is near, else all of them.
pub(crate) fn did_you_mean(wrong: &str, names: &[&str], prefix: &str, otherwise: &str) -> String {
    let near = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1.max(name.len() / 3))
        .min();
    match near {
        Some((_, name)) => format!("did you mean `{prefix}{name}`?"),
        None => {
            let mut names: Vec<String> = names.iter().map(|name| format!("`{prefix}{name}`")).collect();
            names.sort();
            format!("{otherwise} {}", names.join(", "))
        }
    }
}
