//! signoff
fn main() {}
