//! A store in the process, for local use and tests: `SIGNOFF_TABLE=memory`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::approval::record::Record;
use crate::ports::{PortError, SaveError, Store, Stored};

/// Records by key, gone when the process ends.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<String, Item>>);

#[derive(Debug, Clone)]
struct Item {
    stored: Stored,
    expires_at: Timestamp,
}

impl Item {
    /// Counts in whole seconds, as DynamoDB's TTL does, so that both stores agree on the last one.
    fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.as_second() > now.as_second()
    }
}

impl MemoryStore {
    fn items(&self) -> MutexGuard<'_, BTreeMap<String, Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        Ok(self.items().get(key).filter(|item| item.lives(now)).map(|item| item.stored.clone()))
    }

    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        let mut items = self.items();
        let found = items.get(key).filter(|item| item.lives(now)).map(|item| item.stored.version);
        if found != expected {
            return Err(SaveError::Conflict);
        }
        let version = expected.unwrap_or(0) + 1;
        items.insert(key.to_owned(), Item { stored: Stored { record: record.clone(), version }, expires_at });
        Ok(version)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError> {
        let items = self.items();
        let mut due: Vec<(i64, &String)> = items
            .iter()
            .filter_map(|(key, item)| Some((item.stored.record.due_at()?.as_second(), key)))
            .filter(|(at, _)| *at <= now.as_second())
            .collect();
        due.sort_unstable();
        Ok(due.into_iter().take(limit).map(|(_, key)| key.clone()).collect())
    }
}
