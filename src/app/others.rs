//! Messages that are none of CodePipeline's and that no rule is for: logged once and counted, by their sort.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More sorts than a topic should carry. Their names are others' to choose, so the table of them must not grow for ever.
const SORTS: usize = 200;

/// How many there were of each sort, in this instance of the Lambda.
#[derive(Debug, Clone, Default)]
pub struct Others(Arc<Mutex<BTreeMap<String, u64>>>);

impl Others {
    /// Counts one. Returns how many of its sort there were, this one included.
    pub fn count(&self, sort: &str) -> u64 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sort = if counts.len() < SORTS || counts.contains_key(sort) { sort } else { "any other" };
        let count = counts.entry(sort.to_owned()).or_default();
        *count += 1;
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sort_is_counted_by_itself_and_there_are_not_too_many() {
        let others = Others::default();
        assert_eq!([others.count("a"), others.count("b"), others.count("a")], [1, 1, 2]);
        for number in 0..2 * SORTS {
            others.count(&number.to_string());
        }
        assert_eq!(others.0.lock().unwrap_or_else(PoisonError::into_inner).len(), SORTS + 1);
        assert_eq!(others.count("a"), 3);
    }
}
