//! Sentences, ARNs and links: e-mail addresses, keys, and the person at the end of an ARN.

/// How tokens of services begin that people paste where they should not.
const KEYS: [&str; 12] =
    ["AKIA", "ASIA", "xoxb-", "xoxp-", "xoxa-", "xapp-", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "eyJ"];

/// What words end at.
fn ends_word(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '=' | '&')
}

/// The text with each e-mail address replaced by what `address` makes of it, each key taken out, and the person of an ARN of
/// somebody's session or user replaced by what `person` makes of the name.
pub(super) fn scrub(text: &str, address: impl Fn(&str) -> String, person: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(ends_word).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(&scrub_word(word, &address, &person));
        let end = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..end]);
        rest = &after[end..];
    }
    out
}

/// The approval tokens in links to the console's review page, which messages in Slack have: `…/approve/3f0c6f5e-…`.
pub(super) fn review_tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_token = |part: &&str| part.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    text.split("/approve/").skip(1).filter_map(|rest| rest.get(..36)).filter(is_token)
}

fn scrub_word(word: &str, address: &impl Fn(&str) -> String, person: &impl Fn(&str) -> String) -> String {
    if word.starts_with("arn:") {
        return arn(word, address, person);
    }
    if KEYS.iter().any(|key| word.starts_with(key)) && word.len() >= 16 {
        return super::SCRUBBED.to_owned();
    }
    match split_address(word) {
        Some((before, found, after)) => format!("{before}{}{after}", address(found)),
        None => word.to_owned(),
    }
}

/// `arn:aws:sts::123456789012:assumed-role/Role/jane@acme.example`, `arn:aws:iam::123456789012:user/jane`.
fn arn(word: &str, address: &impl Fn(&str) -> String, person: &impl Fn(&str) -> String) -> String {
    let names_person = word.contains(":assumed-role/") || word.contains(":user/") || word.contains(":federated-user/");
    match word.rsplit_once('/').filter(|_| names_person) {
        Some((role, name)) if split_address(name).is_some() => format!("{role}/{}", address(name)),
        Some((role, name)) => format!("{role}/{}", person(name)),
        None => word.to_owned(),
    }
}

/// What stands before an e-mail address in a word, the address, and what stands behind it.
fn split_address(word: &str) -> Option<(&str, &str, &str)> {
    let at = word.find('@')?;
    let is_local = |letter: char| letter.is_alphanumeric() || "._%+-".contains(letter);
    let is_domain = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    let start = word[..at]
        .rfind(|letter| !is_local(letter))
        .map_or(0, |found| found + word[found..].chars().next().map_or(1, char::len_utf8));
    let domain = &word[at + 1..];
    let length = domain.find(|letter| !is_domain(letter)).unwrap_or(domain.len());
    let domain = domain[..length].trim_end_matches('.');
    (start < at && domain.contains('.')).then(|| {
        let end = at + 1 + domain.len();
        (&word[..start], &word[start..end], &word[end..])
    })
}
