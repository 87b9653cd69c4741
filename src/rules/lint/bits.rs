//! Sets of rules, by their position in a list.

/// A set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// Those below `length` for which this is true.
    pub(super) fn of(length: usize, mut is_in: impl FnMut(usize) -> bool) -> Self {
        let mut words = vec![0_u64; length.div_ceil(64)];
        for at in (0..length).filter(|at| is_in(*at)) {
            words[at / 64] |= 1 << (at % 64);
        }
        Self(words.into())
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect())
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    pub(super) fn first(&self) -> Option<usize> {
        let at = self.0.iter().position(|word| *word != 0)?;
        Some(at * 64 + self.0[at].trailing_zeros() as usize)
    }

    /// What it costs to look at all of it.
    pub(super) fn cost(&self) -> usize {
        1 + self.0.len()
    }
}
