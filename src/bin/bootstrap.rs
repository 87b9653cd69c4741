//! The Lambda: builds the adapters and runs; nothing else.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::ThenLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use signoff::adapters::codepipeline::CodePipeline;
use signoff::adapters::dynamodb::DynamoDb;
use signoff::adapters::memory::MemoryStore;
use signoff::adapters::own_account::OwnAccount;
use signoff::adapters::secrets::AwsSecrets;
use signoff::adapters::slack_web::SlackWeb;
use signoff::adapters::system_clock::SystemClock;
use signoff::adapters::{aws, http_client};
use signoff::app::{App, Groups, Late, Others, SigningSecrets, secrets};
use signoff::config::{Config, Table};
use signoff::lambda::{finish, handle};
use signoff::logbook::Logbook;
use signoff::ports::{Clock, Secrets, Store};
use tracing::Level;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::disallowed_macros, reason = "there may be no log yet to say it in")]
            {
                eprintln!("signoff can't start: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let config = Config::from_env()?;
    let filter = EnvFilter::try_new(config.log_filter())
        .map_err(|error| format!("`SIGNOFF_LOG` is no filter: {error}: set it to a level such as `info`"))?;
    // What libraries say beyond that has payloads, tokens and bodies in it, whoever asks for it.
    let of_libraries = filter_fn(|said| said.target().starts_with("signoff") || *said.level() <= Level::INFO);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).without_time();
    tracing_subscriber::registry().with(lines.with_filter(filter.and(of_libraries))).init();

    let (rules, templates) = config.load()?;
    let http = http_client::new()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let logbook = Logbook::default();
    let aws = aws::config_noted(http.clone(), logbook.clone(), Arc::clone(&clock)).await;
    let kept: Arc<dyn Secrets> = Arc::new(AwsSecrets::new(aws.clone()));
    let (bot_token, signing_secrets) = tokio::try_join!(
        secrets::fetch(&config.bot_token, kept.as_ref()),
        SigningSecrets::fetch(config.signing_secrets, Arc::clone(&kept), Arc::clone(&clock)),
    )?;
    let store: Arc<dyn Store> = match &config.table {
        Table::Memory => Arc::new(MemoryStore::default()),
        Table::DynamoDb(table) => Arc::new(DynamoDb::new(&aws, table)),
    };
    let chat = SlackWeb::new(http, config.slack_api_url, bot_token, Arc::clone(&clock)).noting(logbook.clone());
    let own_account = OwnAccount::default();
    let app = App {
        pipelines: Arc::new(CodePipeline::across(aws, own_account.clone(), rules.accounts.clone())),
        rules: Arc::new(rules),
        templates: Arc::new(templates),
        chat: Arc::new(chat),
        store,
        groups: Groups::default(),
        late: Late::default(),
        others: Others::default(),
        logbook,
        audit: config.audit,
        clock,
        signing_secrets,
    };
    let (ending, metrics) = (app.clone(), config.metrics);
    let handler = service_fn(|invocation: LambdaEvent<Value>| {
        let app = &app;
        own_account.learn(&invocation.context.invoked_function_arn);
        async move {
            let context = &invocation.context;
            app.logbook.begin(app.clock.now(), Some(&context.request_id), context.xray_trace_id.as_deref());
            let deadline = i64::try_from(invocation.context.deadline).ok();
            let deadline = deadline.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(Timestamp::MAX);
            handle(app, &invocation.payload, deadline)
                .await
                .map_err(|failure| Diagnostic { error_type: "Failure".to_owned(), error_message: failure.to_string() })
        }
    });
    // Lambda hands the answer on as soon as it is posted, and gives the process time until it asks for the next invocation:
    // <https://aws.amazon.com/blogs/compute/running-code-after-returning-a-response-from-an-aws-lambda-function/>.
    let finish = ThenLayer::new(move |answered: Result<(), lambda_runtime::Error>| {
        let (app, metrics) = (ending.clone(), metrics.clone());
        async move {
            if let Some(line) = finish(&app, metrics.as_deref()).await {
                // Nobody can be told that nothing can be told.
                let _unwritten = writeln!(std::io::stdout(), "{line}");
            }
            answered
        }
    });
    lambda_runtime::Runtime::new(handler).layer(TracingLayer::new()).layer(finish).run().await
}
