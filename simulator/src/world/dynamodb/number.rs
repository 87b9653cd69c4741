//! Numbers: up to 38 digits, from 1E-130 to 9.99…E+125, compared exactly:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.

use std::cmp::Ordering;

const DIGITS: usize = 38;
const LARGEST: i64 = 125;
const SMALLEST: i64 = -130;

/// A number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    /// The power of ten of the first digit.
    exponent: i64,
    /// Without zeros at either end; nothing for zero.
    digits: Vec<u8>,
}

impl Number {
    /// Reads a number. The error says what is wrong, as DynamoDB does.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("The parameter cannot be converted to a numeric value: {text}");
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, exponent(power).ok_or_else(wrong)?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits: Vec<u8> = whole.bytes().chain(part.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(wrong());
        }
        let Some(first) = digits.iter().position(|digit| *digit != b'0') else {
            return Ok(Self { negative: false, exponent: 0, digits: Vec::new() });
        };
        let last = digits.iter().rposition(|digit| *digit != b'0').unwrap_or(first);
        let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        let exponent = power.saturating_add(length(whole.len()) - length(first) - 1);
        let range = |which: &str, than: &str| {
            format!("Number {which}. Attempting to store a number with magnitude {than} than supported range")
        };
        if exponent > LARGEST {
            return Err(range("overflow", "larger"));
        }
        if exponent < SMALLEST {
            return Err(range("underflow", "smaller"));
        }
        if last - first >= DIGITS {
            return Err(format!("Attempting to store more than {DIGITS} significant digits in a Number"));
        }
        Ok(Self { negative: mantissa.starts_with('-'), exponent, digits: digits[first..=last].to_vec() })
    }

    /// What the number counts for in an item's size: a byte for two digits, and one more.
    pub(super) fn size(&self) -> usize {
        self.digits.len().div_ceil(2) + 1 + usize::from(self.negative)
    }
}

/// A power of ten. Those beyond any range stay beyond it.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size: i64 = digits.parse::<i32>().unwrap_or(i32::MAX).into();
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
