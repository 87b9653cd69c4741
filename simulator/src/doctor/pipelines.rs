//! The approvals of pipelines: whether somebody is told of them, and whether a rule is for them.

use std::collections::BTreeSet;

use signoff::rules::{Known, RuleSet, is_uncovered};

use super::{Finding, Group, Refused, many};

/// A pipeline, as `GetPipeline` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// Its account, 12 digits.
    pub account: Option<String>,
    /// Its approvals, in order.
    pub approvals: Vec<Approval>,
}

/// An approval action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// `NotificationArn`: the SNS topic that its requests are sent to.
    pub topic: Option<String>,
}

/// What CodePipeline says of the pipelines of a region, which findings call `subject`. `topics`: those that are known to invoke signoff; where none are, any may.
pub fn region(
    subject: &str,
    region: &str,
    rules: Option<&RuleSet>,
    topics: &[String],
    answer: Result<&[Pipeline], &Refused>,
) -> Vec<Finding> {
    let pipelines = match answer {
        Ok(pipelines) => pipelines,
        Err(refused) => {
            let finding = Finding::refused(Group::Pipelines, subject, refused);
            return vec![if refused.is_denied() {
                finding.cure(
                    "allow `codepipeline:ListPipelines` and `codepipeline:GetPipeline` to whoever runs this; signoff itself need not",
                )
            } else {
                finding
            }];
        }
    };
    let approvals: usize = pipelines.iter().map(|pipeline| pipeline.approvals.len()).sum();
    if approvals == 0 {
        let what = format!("{}, none of which has an approval", many(pipelines.len(), "pipeline"));
        let what = if pipelines.is_empty() { "no pipelines".to_owned() } else { what };
        return vec![Finding::warning(Group::Pipelines, subject, what).cure(
            "name the pipelines' region with `--region`, or see that the credentials are of the pipelines' account",
        )];
    }
    let counts = format!("{} with {}", many(pipelines.len(), "pipeline"), many(approvals, "approval"));
    let mut findings = vec![Finding::ok(Group::Pipelines, subject, counts)];
    let mut used = BTreeSet::new();
    for pipeline in pipelines {
        for approval in &pipeline.approvals {
            // In front of it the account, where it is another.
            let account = subject.strip_suffix(region).unwrap_or_default();
            let subject = format!("{account}{} / {} / {}", pipeline.name, approval.stage, approval.action);
            match &approval.topic {
                None => findings.push(
                    Finding::error(Group::Pipelines, &subject, "has no SNS topic: signoff is not told of it")
                        .cure("give the action's configuration a `NotificationArn` that invokes the function"),
                ),
                Some(topic) if is_of_another(topic, pipeline) => findings.push(
                    Finding::error(
                        Group::Pipelines,
                        &subject,
                        format!("its topic is {topic}, of another account than the pipeline: for signoff that is where the pipeline is"),
                    )
                    .cure("give the action's configuration the `NotificationArn` of a topic in the pipeline's account (docs/accounts.md)"),
                ),
                Some(topic) if !topics.is_empty() && !topics.contains(topic) => findings.push(
                    Finding::error(Group::Pipelines, &subject, format!("its topic is {topic}, not one of `--topic`"))
                        .cure("give the action's configuration the `NotificationArn` of a topic that invokes the function"),
                ),
                Some(topic) => drop(used.insert(topic.as_str())),
            }
            findings.extend(rules.filter(|rules| is_open(rules, region, pipeline, approval)).map(|_| {
                Finding::warning(
                    Group::Pipelines,
                    &subject,
                    "no rule is for it: it can be answered in the AWS console only",
                )
                .cure("write a rule for it under `approvals`")
            }));
        }
    }
    if topics.is_empty() {
        findings.extend(used.into_iter().map(|topic| {
            let name = topic.rsplit(':').next().unwrap_or(topic);
            Finding::unchecked(Group::Pipelines, format!("topic {name}"), "whether it invokes the function").cure(
                format!(
                    "see `aws sns list-subscriptions-by-topic --topic-arn {topic}`, and name it with `--topic` if so"
                ),
            )
        }));
    }
    findings
}

/// An approval's message does not say its account: that of the topic is taken for it.
fn is_of_another(topic: &str, pipeline: &Pipeline) -> bool {
    pipeline.account.as_deref().is_some_and(|account| topic.split(':').nth(4).is_some_and(|other| other != account))
}

fn is_open(rules: &RuleSet, region: &str, pipeline: &Pipeline, approval: &Approval) -> bool {
    let known: Known = [
        Some(pipeline.name.clone()),
        Some(approval.stage.clone()),
        Some(approval.action.clone()),
        Some(region.to_owned()),
        pipeline.account.clone(),
    ];
    is_uncovered(rules, &known)
}
