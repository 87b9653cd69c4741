//! Which condition each rule is filed under.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use super::{Bucket, Files, Names, Parts};
use crate::event::EventKind;
use crate::rules::matching::literals::{Anchor, literals};
use crate::rules::matching::{Field, Match};

/// So few rules are tried as fast as they are looked up.
const FEW: usize = 16;

/// Within a bucket, rules are filed again under this many keys at most, and buckets are this deep at most, so that lists in
/// several fields do not multiply to more than can be kept.
const KEYS: usize = 8;
const DEPTH: usize = 3;

/// What of an event rules can be filed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aspect {
    Field(Field),
    Kind,
}

impl Aspect {
    /// All, and which is taken where two serve as well.
    pub(super) const ALL: [Self; 6] = {
        let [pipeline, stage, action, region, account] = Field::ALL;
        let of = Self::Field;
        [of(pipeline), of(stage), of(action), Self::Kind, of(account), of(region)]
    };
}

/// Something that an event has, or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key<'r> {
    Kind(EventKind),
    Text(Field, Anchor, &'r str),
}

impl Key<'_> {
    const fn aspect(&self) -> Aspect {
        match self {
            Self::Kind(_) => Aspect::Kind,
            Self::Text(field, ..) => Aspect::Field(*field),
        }
    }

    /// How many more events have a key of this sort than have a certain name. An estimate.
    const fn weight(&self) -> usize {
        match self {
            Self::Kind(_) | Self::Text(_, Anchor::Whole, _) => 1,
            Self::Text(_, Anchor::Start | Anchor::End, _) => 2,
            Self::Text(_, Anchor::Inside, _) => 4,
        }
    }
}

/// The keys of which an event must have one for a rule to match: of each inner list, any may be taken for all of it.
type Needs<'r> = Vec<Vec<Key<'r>>>;

/// What a rule needs of one aspect of an event; `None` where it may be anything, or there is no saying.
fn needs(rule: &Match, aspect: Aspect) -> Option<Needs<'_>> {
    match aspect {
        Aspect::Kind => {
            let kinds = rule.event.as_ref()?;
            // A rule for most kinds of event is looked at for most events all the same.
            let is_some = 2 * kinds.len() <= EventKind::all().count();
            is_some.then(|| kinds.iter().map(|kind| vec![Key::Kind(*kind)]).collect())
        }
        Aspect::Field(field) => {
            let any = &rule.field(field)?.any;
            let of = |(anchor, text)| Key::Text(field, anchor, text);
            let needs = any.iter().map(|pattern| literals(pattern.as_str()).into_iter().map(of).collect::<Vec<_>>());
            let needs: Needs<'_> = needs.collect();
            (!any.is_empty() && needs.iter().all(|keys| !keys.is_empty())).then_some(needs)
        }
    }
}

/// Files these of the rules by the aspects that are left.
pub(super) fn bucket(rules: &[&Match], numbers: Vec<u32>, left: &[Aspect]) -> Bucket {
    let is_root = left.len() == Aspect::ALL.len();
    if numbers.len() <= FEW || left.len() + DEPTH <= Aspect::ALL.len() {
        return Bucket::Few(numbers.into());
    }
    let of_rule = |number: &u32| -> Vec<Needs<'_>> {
        let needs = left.iter().filter_map(|aspect| needs(rules[*number as usize], *aspect));
        needs.filter(|needs| is_root || needs.len() <= KEYS).collect()
    };
    let of_rules: Vec<Vec<Needs<'_>>> = numbers.iter().map(of_rule).collect();
    let mut shared: HashMap<Key<'_>, usize> = HashMap::new();
    for key in of_rules.iter().flatten().flatten().flatten() {
        *shared.entry(*key).or_default() += 1;
    }
    let price = |key: &Key<'_>| shared.get(key).map_or(0, |rules| rules * key.weight());

    let mut filed: BTreeMap<Key<'_>, Vec<u32>> = BTreeMap::new();
    let mut rest = Vec::new();
    for (number, of_rule) in numbers.iter().zip(&of_rules) {
        let choices = of_rule.iter().map(|needs| -> Vec<Key<'_>> {
            needs.iter().filter_map(|keys| keys.iter().copied().min_by_key(price)).collect()
        });
        match choices.min_by_key(|keys| keys.iter().map(price).max()) {
            None => rest.push(*number),
            Some(keys) => {
                for key in keys {
                    let numbers = filed.entry(key).or_default();
                    // A list may name the same twice.
                    if numbers.last() != Some(number) {
                        numbers.push(*number);
                    }
                }
            }
        }
    }
    if filed.is_empty() {
        return Bucket::Few(numbers.into());
    }
    Bucket::Filed(Box::new(files(rules, filed, rest, left)))
}

/// For each text, where it has to be and the rules that need it there.
type ByText<'r> = BTreeMap<&'r str, Vec<(Anchor, Vec<u32>)>>;

fn files(rules: &[&Match], filed: BTreeMap<Key<'_>, Vec<u32>>, mut rest: Vec<u32>, left: &[Aspect]) -> Files {
    let mut files = Files::default();
    let mut by_part: BTreeMap<Field, ByText<'_>> = BTreeMap::new();
    let mut by_name: BTreeMap<Field, Names> = BTreeMap::new();
    let inner = |numbers: Vec<u32>, done: Aspect| {
        let left: Vec<Aspect> = left.iter().copied().filter(|aspect| *aspect != done).collect();
        bucket(rules, numbers, &left)
    };
    for (key, numbers) in filed {
        match key {
            Key::Kind(kind) => drop(files.kinds.insert(kind, inner(numbers, key.aspect()))),
            Key::Text(field, Anchor::Whole, name) => {
                let names = by_name.entry(field).or_default();
                names.whole.insert(name.into(), inner(numbers, key.aspect()));
            }
            Key::Text(field, anchor, text) => {
                by_part.entry(field).or_default().entry(text).or_default().push((anchor, numbers));
            }
        }
    }
    for (field, by_text) in by_part {
        let Some(automaton) = automaton(by_text.keys()) else {
            rest.extend(by_text.into_values().flatten().flat_map(|(_, numbers)| numbers));
            continue;
        };
        let aspect = Aspect::Field(field);
        let of_text = |anchors: Vec<(Anchor, Vec<u32>)>| {
            anchors.into_iter().map(|(anchor, numbers)| (anchor, inner(numbers, aspect))).collect()
        };
        let buckets = by_text.into_values().map(of_text).collect();
        by_name.entry(field).or_default().parts = Some(Parts { automaton, buckets });
    }
    rest.sort_unstable();
    rest.dedup();
    Files { names: by_name.into_iter().collect(), rest: rest.into(), ..files }
}

/// Finds texts in names; `None` if they are more than it can hold.
fn automaton<'t>(texts: impl Iterator<Item = &'t &'t str>) -> Option<AhoCorasick> {
    // Building is what takes long, and names are short: what speeds up long searches is left away.
    let mut builder = AhoCorasickBuilder::new();
    builder.kind(Some(AhoCorasickKind::ContiguousNFA)).prefilter(false).build(texts).ok()
}
