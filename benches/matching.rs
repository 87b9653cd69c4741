//! Nothing is timed here yet.
fn main() {}
