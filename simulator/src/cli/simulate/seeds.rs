//! `signoff simulate --seeds`: schedules that are drawn from numbers.

use std::io::Write;
use std::sync::Arc;

use super::super::{End, closed};
use crate::report::seeds;
use crate::seeds::{Explorer, Signoff};

pub(super) fn run(from: u64, count: u64, out: &mut impl Write) -> Result<End, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // The caller's own runtime drives nothing meanwhile: a seed's runtime can't be entered within it.
    let explored = std::thread::scope(|scope| {
        let explorer = scope.spawn(|| Explorer::new(Arc::new(Signoff))?.explore(from, count, threads));
        explorer.join().map_err(|_| "a thread panicked".to_owned())?
    })?;
    seeds::summary(out, from, &explored).map_err(closed)?;
    Ok(if explored.broken.is_some() { End::Failed } else { End::Well })
}
