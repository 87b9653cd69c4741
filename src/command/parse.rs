//! The words behind the slash command.

use super::{Order, Refused, Revision, Variable};
use crate::diagnostic::quoted;
use crate::diagnostic::suggest::did_you_mean;
use crate::rules::command::{Target, Verb};

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
    /// This.
    Order(Order),
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

/// Reads the text of a slash command. `region` is where pipelines are that it says nothing more of.
///
/// # Errors
///
/// What of it is not understood, and how it is written.
pub fn parse(text: &str, region: &str) -> Result<Asked, Refused> {
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
    if let [before @ .., place, name] = rest
        && place.is("in")
        && is_region(&name.text)
    {
        order.target.region = name.text.to_lowercase();
        rest = before;
    }
    if verb == Verb::Approvals {
        // Of every region, unless one is named.
        if !words.iter().any(|word| word.is("in")) {
            order.target.region.clear();
        }
        return match rest {
            [] => Ok(Asked::Order(order)),
            [pipeline, rest @ ..] => {
                order.target.pipeline = self::pipeline(pipeline)?;
                too_many(rest, verb)?;
                Ok(Asked::Order(order))
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
    Ok(Asked::Order(order))
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

/// `eu-west-1`, `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts.iter().all(|part| part.chars().all(|letter| letter.is_ascii_alphanumeric()))
        && parts.last().is_some_and(|last| !last.is_empty() && last.chars().all(|letter| letter.is_ascii_digit()))
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
