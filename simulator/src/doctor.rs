//! What `signoff doctor` makes of what it was told: findings from settings, rules, and the answers of Slack and AWS. Pure: who asks is
//! [`crate::cli`].

pub mod accounts;
pub mod address;
pub mod named;
pub mod pipelines;
pub mod settings;
pub mod slack;
pub mod table;

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it belongs to.
    pub group: Group,
    /// How it stands.
    pub status: Status,
    /// The thing: a setting, a channel, a table.
    pub subject: String,
    /// What is so.
    pub what: String,
    /// What to do about it.
    pub cure: Option<String>,
}

/// What findings belong to, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The environment.
    Settings,
    /// The rules and templates.
    Rules,
    /// The Slack app.
    Slack,
    /// The DynamoDB table.
    Table,
    /// The roles in other accounts.
    Accounts,
    /// CodePipeline.
    Pipelines,
    /// The address that Slack sends to.
    Address,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 7] =
        [Self::Settings, Self::Rules, Self::Slack, Self::Table, Self::Accounts, Self::Pipelines, Self::Address];

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Rules => "Rules",
            Self::Slack => "Slack",
            Self::Table => "Table",
            Self::Accounts => "Other accounts",
            Self::Pipelines => "Pipelines",
            Self::Address => "Request URL",
        }
    }

    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Rules => "rules",
            Self::Slack => "slack",
            Self::Table => "table",
            Self::Accounts => "accounts",
            Self::Pipelines => "pipelines",
            Self::Address => "request-url",
        }
    }
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should.
    Ok,
    /// Signoff works, but perhaps not as somebody meant.
    Warning,
    /// Signoff does not work.
    Error,
    /// Whoever knows could not be asked.
    Unreachable,
    /// Nobody was asked.
    Unchecked,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warning, Self::Ok, Self::Unreachable, Self::Unchecked];

    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Unreachable => "unreachable",
            Self::Unchecked => "unchecked",
        }
    }
}

impl Finding {
    fn new(group: Group, status: Status, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self { group, status, subject: subject.into(), what: what.into(), cure: None }
    }

    /// A thing that is as it should be.
    pub fn ok(group: Group, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(group, Status::Ok, subject, what)
    }

    /// A thing that is perhaps not as somebody meant.
    pub fn warning(group: Group, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(group, Status::Warning, subject, what)
    }

    /// A thing that keeps signoff from working.
    pub fn error(group: Group, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(group, Status::Error, subject, what)
    }

    /// A thing of which whoever knows could not be asked.
    pub fn unreachable(group: Group, subject: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(group, Status::Unreachable, subject, why)
    }

    /// A thing that nobody was asked about, and why.
    pub fn unchecked(group: Group, subject: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(group, Status::Unchecked, subject, why)
    }

    /// What a refusal means where no better words are known for it.
    pub fn refused(group: Group, subject: impl Into<String>, refused: &Refused) -> Self {
        match refused {
            Refused::Said { text, .. } => Self::error(group, subject, text),
            Refused::Silent(text) => {
                let finding = Self::new(group, Status::Unreachable, subject, text);
                if text.contains("no credentials") {
                    return finding.cure(
                        "give it credentials of the account: `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and the like",
                    );
                }
                finding
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn cure(self, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..self }
    }
}

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It was refused.
    Said {
        /// The service's error code.
        code: String,
        /// What was called and what came back, for people.
        text: String,
    },
    /// It could not be asked, or may be answered when it is asked again: what was called and what happened.
    Silent(String),
}

impl Refused {
    /// The service's error code.
    pub fn code(&self) -> &str {
        match self {
            Self::Said { code, .. } => code,
            Self::Silent(_) => "",
        }
    }

    /// Whether AWS does not allow the call.
    pub fn is_denied(&self) -> bool {
        ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"].contains(&self.code())
    }
}

/// How many findings have a status.
pub fn count(findings: &[Finding], status: Status) -> usize {
    findings.iter().filter(|finding| finding.status == status).count()
}

/// `1 channel`, `2 channels`.
fn many(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
