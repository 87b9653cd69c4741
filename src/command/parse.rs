//! The words behind the slash command.

use super::{Order, Refused, Revision, Variable};
use crate::diagnostic::quoted;
use crate::diagnostic::suggest::did_you_mean;
use crate::rules::command::{Target, Verb};
use crate::rules::{Account, is_account, is_region};

/// A name to CodePipeline has at most so many characters, and so has a variable's 128, its value 1000:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineVariable.html>.
const NAME: usize = 100;
const VARIABLE: usize = 128;
const VALUE: usize = 1000;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// What they may do, and how it is written.
    Help,
    /// This, to the pipeline there.
    Order(Box<Order>, Place),
}

/// Where a pipeline is, as far as that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The account's id.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// How each verb is written, and what it does.
pub fn usage(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Start => ("start PIPELINE [NAME=value …] [revision=ID]", "start a pipeline"),
        Verb::Retry => ("retry PIPELINE [STAGE]", "run the failed actions of a stage again"),
        Verb::Rollback => ("rollback PIPELINE STAGE [to EXECUTION]", "take a stage back to what ran in it before"),
        Verb::Stop => ("stop PIPELINE [EXECUTION] [abandon]", "stop an execution"),
        Verb::Enable => ("enable PIPELINE STAGE", "let executions into a stage"),
        Verb::Disable => ("disable PIPELINE STAGE because REASON", "keep executions from entering a stage"),
        Verb::Status => ("status PIPELINE", "see how a pipeline stands"),
        Verb::Approvals => ("approvals", "see which approvals wait"),
    }
}

/// Reads the text of a slash command. `region` is where pipelines are that it says nothing more of; `accounts` are those that may be
/// called by their names.
///
/// # Errors
///
/// What of it is not understood, and how it is written.
pub fn parse(text: &str, region: &str, accounts: &[Account]) -> Result<Asked, Refused> {
    let words = words(text)?;
    let Some((first, rest)) = words.split_first() else { return Ok(Asked::Help) };
    let name = first.text.to_lowercase();
    if name == "help" {
        return Ok(Asked::Help);
    }
    let Some(verb) = Verb::from_name(&name) else {
        let names: Vec<&str> = Verb::ALL.iter().map(|verb| verb.as_str()).chain(["help"]).collect();
        let help = did_you_mean(&name, &names, "", "it is one of");
        return Err(Refused::new(format!("There is nothing called {}.", quoted(&first.text)), sentence(&help)));
    };
    let target = Target { account: None, region: region.to_owned(), pipeline: String::new(), stage: None };
    let mut order = Order::new(verb, target);
    let mut rest = said_why(rest, &mut order);
    let (before, place) = said_where(rest, accounts)?;
    rest = before;
    order.target.account.clone_from(&place.account);
    if let Some(region) = &place.region {
        order.target.region.clone_from(region);
    }
    if verb == Verb::Approvals {
        // Of every region, unless one is named.
        order.target.region = place.region.clone().unwrap_or_default();
        return match rest {
            [] => Ok(Asked::Order(Box::new(order), place)),
            [pipeline, rest @ ..] => {
                order.target.pipeline = self::pipeline(pipeline)?;
                too_many(rest, verb)?;
                Ok(Asked::Order(Box::new(order), place))
            }
        };
    }
    let Some((pipeline, rest)) = rest.split_first() else {
        return Err(incomplete(verb, "a pipeline"));
    };
    order.target.pipeline = self::pipeline(pipeline)?;
    let rest = match verb {
        Verb::Start => start(&mut order, rest)?,
        Verb::Stop => stop(&mut order, rest)?,
        Verb::Retry | Verb::Rollback | Verb::Enable | Verb::Disable => stage(&mut order, rest)?,
        Verb::Status | Verb::Approvals => rest,
    };
    too_many(rest, verb)?;
    Ok(Asked::Order(Box::new(order), place))
}

/// Takes `in ACCOUNT REGION`, or one of the two, from the end.
fn said_where<'a>(words: &'a [Word], accounts: &[Account]) -> Result<(&'a [Word], Place), Refused> {
    let (before, said) = match words {
        // What follows a verb's pipeline may be a stage called so.
        [before @ .., word, one] if word.is("in") && !before.is_empty() => (before, vec![one]),
        [before @ .., word, one, two] if word.is("in") => (before, vec![one, two]),
        [word, one] if word.is("in") => (&words[..0], vec![one]),
        _ => return Ok((words, Place::default())),
    };
    let mut place = Place::default();
    for word in said {
        let named = accounts.iter().find(|account| account.name.eq_ignore_ascii_case(&word.text));
        let account = named.map(|account| account.id.clone());
        let account = account.or_else(|| is_account(&word.text).then(|| word.text.clone()));
        let lower = word.text.to_lowercase();
        match account {
            Some(id) if place.account.is_none() => place.account = Some(id),
            None if is_region(&lower) && place.region.is_none() => place.region = Some(lower),
            None if !is_region(&lower) => {
                let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
                let help = if names.is_empty() {
                    "Write `in REGION`, such as `in eu-west-1`.".to_owned()
                } else {
                    sentence(&did_you_mean(&word.text, &names, "", "the accounts are"))
                };
                return Err(Refused::new(format!("There is no account or region {}.", quoted(&word.text)), help));
            }
            _ => {
                let help = "Write `in ACCOUNT REGION`, or one of the two.";
                return Err(Refused::new(format!("{} is one too many.", quoted(&word.text)), help));
            }
        }
    }
    Ok((before, place))
}

/// A word; in quotes it means nothing but itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    is_quoted: bool,
}

impl Word {
    fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Words are parted by spaces, except in quotes. Slack writes `&`, `<` and `>` as entities:
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
fn words(text: &str) -> Result<Vec<Word>, Refused> {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let mut words = Vec::new();
    let mut word = Word { text: String::new(), is_quoted: false };
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            // A keyboard may write them curled.
            '"' | '“' | '”' => {
                inside = !inside;
                word.is_quoted = true;
            }
            _ if letter.is_whitespace() && !inside => {
                if !word.text.is_empty() || word.is_quoted {
                    words.push(std::mem::replace(&mut word, Word { text: String::new(), is_quoted: false }));
                }
            }
            _ => word.text.push(letter),
        }
    }
    if inside {
        return Err(Refused::new("A quotation mark is open.", "Close it: `NAME=\"two words\"`."));
    }
    if !word.text.is_empty() || word.is_quoted {
        words.push(word);
    }
    Ok(words)
}

/// Takes the reason from the end.
fn said_why<'a>(words: &'a [Word], order: &mut Order) -> &'a [Word] {
    let Some(at) = words.iter().position(|word| word.is("because")) else { return words };
    let reason: Vec<&str> = words[at + 1..].iter().map(|word| word.text.as_str()).collect();
    order.reason = Some(reason.join(" ").trim().to_owned()).filter(|reason| !reason.is_empty());
    &words[..at]
}

fn start<'a>(order: &mut Order, words: &'a [Word]) -> Result<&'a [Word], Refused> {
    let given = words.iter().take_while(|word| word.text.contains('=')).count();
    for word in &words[..given] {
        let (name, value) = word.text.split_once('=').unwrap_or_default();
        if let Some(action) = name.strip_suffix("revision") {
            let action = action.strip_suffix('.').map(str::to_owned);
            if name == "revision" || action.as_deref().is_some_and(is_name) {
                order.revisions.push(Revision { action, id: revision(value)? });
                continue;
            }
        }
        let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "@-_".contains(letter);
        if name.is_empty() || name.chars().count() > VARIABLE || !name.chars().all(is_fit) {
            let reason = format!("No variable is called {}.", quoted(name));
            return Err(Refused::new(reason, "Names have letters, digits and `@` `-` `_`."));
        }
        if value.is_empty() || value.chars().count() > VALUE {
            let reason = format!("{} has {} characters.", quoted(name), value.chars().count());
            return Err(Refused::new(reason, format!("A variable has 1 to {VALUE}.")));
        }
        if order.variables.iter().any(|variable| variable.name == name) {
            return Err(Refused::new(format!("{} is there twice.", quoted(name)), "Give it once."));
        }
        order.variables.push(Variable { name: name.to_owned(), value: value.to_owned() });
    }
    Ok(&words[given..])
}

/// A revision that is nobody's guess: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SourceRevisionOverride.html>.
fn revision(id: &str) -> Result<String, Refused> {
    let is_hex = id.chars().all(|letter| letter.is_ascii_hexdigit());
    if id.is_empty() {
        return Err(Refused::new("`revision` is empty.", "Write a commit, an image's digest, or an object's version."));
    }
    if is_hex && (7..40).contains(&id.len()) {
        let reason = format!("{} is a part of a commit's id.", quoted(id));
        return Err(Refused::new(reason, "CodePipeline wants all 40 characters."));
    }
    Ok(id.to_owned())
}

fn stop<'a>(order: &mut Order, words: &'a [Word]) -> Result<&'a [Word], Refused> {
    let (abandon, words) = match words {
        [before @ .., last] if last.is("abandon") => (true, before),
        _ => (false, words),
    };
    order.abandon = abandon;
    match words {
        [id, rest @ ..] => {
            order.execution = Some(execution(id)?);
            Ok(rest)
        }
        [] => Ok(words),
    }
}

fn stage<'a>(order: &mut Order, words: &'a [Word]) -> Result<&'a [Word], Refused> {
    let Some((stage, rest)) = words.split_first() else {
        // What failed can be told.
        return if order.verb == Verb::Retry { Ok(words) } else { Err(incomplete(order.verb, "a stage")) };
    };
    if !is_name(&stage.text) {
        return Err(no_name("stage", &stage.text));
    }
    order.target.stage = Some(stage.text.clone());
    match rest {
        [to, id, rest @ ..] if order.verb == Verb::Rollback && to.is("to") => {
            order.execution = Some(execution(id)?);
            Ok(rest)
        }
        _ => Ok(rest),
    }
}

fn pipeline(word: &Word) -> Result<String, Refused> {
    if is_name(&word.text) { Ok(word.text.clone()) } else { Err(no_name("pipeline", &word.text)) }
}

/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>.
fn is_name(text: &str) -> bool {
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
    !text.is_empty() && text.len() <= NAME && text.chars().all(is_fit)
}

fn no_name(of: &str, name: &str) -> Refused {
    let help = "Names in CodePipeline have letters, digits and `.` `@` `-` `_`.";
    Refused::new(format!("No {of} is called {}.", quoted(name)), help)
}

/// An execution's id, or how it begins.
fn execution(word: &Word) -> Result<String, Refused> {
    let text = word.text.to_lowercase();
    if text.len() >= 6 && text.len() <= 36 && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-') {
        return Ok(text);
    }
    let reason = format!("{} is not the id of an execution.", quoted(&word.text));
    Err(Refused::new(reason, "Write the id, or its first 6 characters or more."))
}

fn too_many(rest: &[Word], verb: Verb) -> Result<(), Refused> {
    let Some(word) = rest.first() else { return Ok(()) };
    let help = format!("It is written `{}`, with `because REASON` at the end.", usage(verb).0);
    Err(Refused::new(format!("{} is not understood.", quoted(&word.text)), help))
}

fn incomplete(verb: Verb, what: &str) -> Refused {
    Refused::new(format!("`{verb}` needs {what}."), format!("Write `{}`.", usage(verb).0))
}

/// Words of a finding as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let capital: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if capital.ends_with(['?', '.']) { capital } else { format!("{capital}.") }
}
