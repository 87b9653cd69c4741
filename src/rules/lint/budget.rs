//! How much work a question is worth.

/// Steps that may still be taken. What asks for more than is left goes unjudged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn new(steps: usize) -> Self {
        Self { left: steps }
    }

    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Takes steps; `None` where so many are not left, and then none are.
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or_default();
        left.map(drop)
    }
}
