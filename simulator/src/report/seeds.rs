//! What came of seeds, for people.

use std::io::{self, Write};

use crate::seeds::{Broken, Explored};

/// Prints what was played, and the first seed that breaks an invariant.
pub fn summary(out: &mut impl Write, from: u64, explored: &Explored) -> io::Result<()> {
    if let Some(broken) = &explored.broken {
        self::broken(out, broken)?;
    }
    let Explored { seeds, events, injected, .. } = explored;
    let last = from.saturating_add(seeds.saturating_sub(1));
    let mark = if explored.broken.is_some() { "✘" } else { "✔" };
    let plural = if *seeds == 1 { "" } else { "s" };
    writeln!(out, "{mark} {seeds} seed{plural}, {from} to {last}: {events} events, {} calls", injected.calls)?;
    let rows = [
        (injected.invocations, "invocations"),
        (injected.clicks, "clicks and submissions"),
        (injected.tampered, "of them tampered with"),
        (injected.deliveries, "deliveries twice, late or out of order"),
        (injected.faults, "faults of services"),
        (injected.deaths, "deaths of an instance in the middle"),
        (injected.edits, "deployments of other rules"),
    ];
    for (count, what) in rows {
        writeln!(out, "  {count:>9}  {what}")?;
    }
    if explored.broken.is_none() {
        writeln!(out, "  I1 to I6 hold in all of them")?;
    }
    Ok(())
}

fn broken(out: &mut impl Write, broken: &Broken) -> io::Result<()> {
    let Broken { seed, events, shortest, violation, story } = broken;
    writeln!(out, "✘ seed {seed} breaks I{}: {}", violation.invariant, violation.meaning())?;
    writeln!(out, "  {}", violation.what)?;
    writeln!(out)?;
    writeln!(out, "  The shortest schedule found that does so ({shortest} of its {events} events):")?;
    let mut number = 0;
    let mut calls: Vec<String> = Vec::new();
    let flush = |out: &mut dyn Write, calls: &mut Vec<String>| -> io::Result<()> {
        for line in textwrap::wrap(&calls.join(", "), 92).iter().filter(|line| !line.is_empty()) {
            writeln!(out, "        {line}")?;
        }
        calls.clear();
        Ok(())
    };
    for line in story {
        match line.strip_prefix("  ") {
            Some(call) => calls.push(call.replace(": ", " ")),
            None => {
                flush(out, &mut calls)?;
                number += 1;
                for (at, part) in textwrap::wrap(line, 92).iter().enumerate() {
                    let number = if at == 0 { format!("{number:>3}.") } else { "    ".to_owned() };
                    writeln!(out, "  {number} {part}")?;
                }
            }
        }
    }
    flush(out, &mut calls)?;
    writeln!(out)?;
    writeln!(out, "  Calls are shown with the number of the instance that makes them. To see it again:")?;
    writeln!(out, "    signoff simulate --seeds 1 --from {seed}")?;
    writeln!(out)
}
