//! The signing secret is rotated while signoff runs; and strangers can't make it ask for secrets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use signoff::app::SigningSecrets;
use signoff::ports::{Clock, Kept, Secrets, UnreadableSecret};
use signoff::secret::{Secret, SecretPlace, SecretSetting};
use signoff::slack::signature::Refused;

const BODY: &[u8] = b"payload=%7B%7D";

/// A store of secrets that may be slow, or refuse.
struct Vault {
    current: Mutex<(&'static str, Option<Timestamp>)>,
    previous: Mutex<Result<Option<&'static str>, &'static str>>,
    refuses: Mutex<bool>,
    takes: Mutex<u64>,
    asked: Mutex<u32>,
}

impl Vault {
    fn new(current: &'static str) -> Arc<Self> {
        Arc::new(Self {
            current: Mutex::new((current, Some(at(-86_400)))),
            previous: Mutex::new(Ok(None)),
            refuses: Mutex::default(),
            takes: Mutex::default(),
            asked: Mutex::default(),
        })
    }

    fn rotate(&self, to: &'static str, when: Timestamp) {
        let before = std::mem::replace(&mut *self.current.lock().unwrap(), (to, Some(when)));
        *self.previous.lock().unwrap() = Ok(Some(before.0));
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

#[async_trait]
impl Secrets for Vault {
    async fn read(&self, _: &SecretPlace) -> Result<Kept, UnreadableSecret> {
        *self.asked.lock().unwrap() += 1;
        let takes = *self.takes.lock().unwrap();
        #[allow(clippy::disallowed_methods, reason = "a paused clock, which makes a slow service quick")]
        tokio::time::sleep(std::time::Duration::from_secs(takes)).await;
        if *self.refuses.lock().unwrap() {
            return Err(UnreadableSecret("is out of reach".to_owned()));
        }
        let (current, since) = *self.current.lock().unwrap();
        Ok(Kept { secret: Secret::new(current), since })
    }

    async fn previous(&self, _: &SecretPlace) -> Result<Option<Secret>, UnreadableSecret> {
        let previous = *self.previous.lock().unwrap();
        previous.map(|found| found.map(Secret::new)).map_err(|why| UnreadableSecret(why.to_owned()))
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_778_517_600 + seconds).unwrap()
}

fn sign(secret: &str, now: Timestamp) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{}:", now.as_second()).as_bytes());
    mac.update(BODY);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}

/// The time when it starts; what takes its time takes it of tokio's paused clock.
struct Start;

#[async_trait]
impl Clock for Start {
    fn now(&self) -> Timestamp {
        at(0)
    }

    async fn sleep(&self, duration: SignedDuration) {
        self.limit(duration).await;
    }

    async fn limit(&self, duration: SignedDuration) {
        #[allow(clippy::disallowed_methods, reason = "by tokio's paused clock")]
        tokio::time::sleep(Duration::try_from(duration).unwrap()).await;
    }
}

async fn secrets(vault: &Arc<Vault>) -> SigningSecrets {
    let place = SecretPlace::Secret { id: "shop/slack".to_owned(), key: None };
    let settings = vec![("SLACK_SIGNING_SECRET", SecretSetting::Place(place))];
    SigningSecrets::fetch(settings, Arc::clone(vault) as Arc<dyn Secrets>, Arc::new(Start)).await.unwrap()
}

async fn request(secrets: &SigningSecrets, secret: &str, seconds: i64) -> Result<(), Refused> {
    let now = at(seconds);
    let stamp = now.as_second().to_string();
    secrets.verify(Some(&stamp), Some(&sign(secret, now)), BODY, now).await
}

#[tokio::test]
async fn a_rotation_takes_no_new_start() {
    let vault = Vault::new("old");
    let secrets = secrets(&vault).await;
    assert_eq!(request(&secrets, "old", 0).await, Ok(()));
    vault.rotate("new", at(10));
    assert_eq!(request(&secrets, "new", 20).await, Ok(()));
    assert_eq!(request(&secrets, "old", 30).await, Ok(()), "what was on its way");
    assert_eq!(vault.asked(), 2, "at the start, and for the new one");
    assert_eq!(request(&secrets, "old", 3_609).await, Ok(()));
    assert_eq!(request(&secrets, "old", 3_610).await, Err(Refused::Mismatch), "an hour after the rotation");
    assert_eq!(request(&secrets, "new", 3_611).await, Ok(()));
}

#[tokio::test]
async fn an_old_version_is_not_accepted_after_a_new_start() {
    let vault = Vault::new("old");
    vault.rotate("new", at(-3_601));
    let secrets = secrets(&vault).await;
    assert_eq!(request(&secrets, "old", 0).await, Err(Refused::Mismatch));
    assert_eq!(request(&secrets, "new", 1).await, Ok(()));
}

#[tokio::test]
async fn strangers_make_it_ask_once_a_minute() {
    let vault = Vault::new("ours");
    let secrets = secrets(&vault).await;
    for second in 0..150 {
        assert_eq!(request(&secrets, "theirs", second).await, Err(Refused::Mismatch));
    }
    assert_eq!(vault.asked(), 1 + 3);
    // Nobody is asked about what no secret could make right.
    let stale = secrets.verify(Some("1"), Some(&sign("ours", at(0))), BODY, at(600)).await;
    assert_eq!(stale, Err(Refused::Stale));
    assert_eq!(secrets.verify(Some("1778518200"), Some("v0=AB"), BODY, at(600)).await, Err(Refused::BadSignature));
    assert_eq!(vault.asked(), 1 + 3);
}

#[tokio::test]
async fn at_the_same_instant_it_is_asked_once() {
    let vault = Vault::new("ours");
    let secrets = secrets(&vault).await;
    let requests = (0..50).map(|_| {
        let secrets = secrets.clone();
        tokio::spawn(async move { request(&secrets, "theirs", 0).await })
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(request.await.unwrap(), Err(Refused::Mismatch));
    }
    assert_eq!(vault.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn those_in_memory_stay_while_no_others_come() {
    let vault = Vault::new("ours");
    let secrets = secrets(&vault).await;
    *vault.refuses.lock().unwrap() = true;
    assert_eq!(request(&secrets, "theirs", 0).await, Err(Refused::Mismatch));
    assert_eq!(request(&secrets, "ours", 1).await, Ok(()));
    // Slack waits 3 seconds in all.
    *vault.takes.lock().unwrap() = 3600;
    let begun = tokio::time::Instant::now();
    assert_eq!(request(&secrets, "theirs", 61).await, Err(Refused::Mismatch));
    assert_eq!(begun.elapsed().as_millis() / 100, 8);
    assert_eq!(request(&secrets, "ours", 62).await, Ok(()));
    assert_eq!(vault.asked(), 3);
}

#[tokio::test]
async fn the_version_before_may_be_out_of_reach() {
    let vault = Vault::new("old");
    vault.rotate("new", at(-60));
    *vault.previous.lock().unwrap() = Err("is out of reach");
    let secrets = secrets(&vault).await;
    assert_eq!(request(&secrets, "new", 0).await, Ok(()));
}

#[tokio::test]
async fn secrets_in_the_environment_are_never_asked_for() {
    let vault = Vault::new("theirs");
    let settings = vec![("SLACK_SIGNING_SECRET", SecretSetting::Value(Secret::new("ours")))];
    let secrets =
        SigningSecrets::fetch(settings, Arc::clone(&vault) as Arc<dyn Secrets>, Arc::new(Start)).await.unwrap();
    assert_eq!(request(&secrets, "theirs", 0).await, Err(Refused::Mismatch));
    assert_eq!(request(&secrets, "ours", 0).await, Ok(()));
    assert_eq!(vault.asked(), 0);
}

#[test]
fn settings_that_name_a_place() {
    let told: Vec<String> = [
        "xoxb-1",
        "ssm:/shop/slack/bot-token",
        "ssm:arn:aws:ssm:eu-north-1:730591846207:parameter/shop/slack/bot-token",
        "secretsmanager:shop/slack",
        "secretsmanager: shop/slack # signing_secret ",
        "secretsmanager:arn:aws:secretsmanager:eu-north-1:730591846207:secret:shop/slack-a1B2c3#bot_token",
        "ssm: ",
        "secretsmanager:",
        "secretsmanager:#key",
        "secretsmanager:shop/slack#",
    ]
    .iter()
    .map(|value| match SecretSetting::read(value) {
        Ok(SecretSetting::Value(secret)) => format!("{value}: {secret:?}"),
        Ok(SecretSetting::Place(place)) => format!("{value}: {place}"),
        Err(problem) => format!("{value}: {problem}"),
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}
