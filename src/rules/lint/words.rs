//! Every set of patterns that a word can match together, each with a shortest such word.

use std::collections::HashSet;
use std::rc::Rc;

use super::budget::Budget;
use super::machine::Machine;
use super::universe::Universe;

/// Names, letter by letter.
#[derive(Default)]
pub(super) struct Names {
    nodes: Vec<(bool, Vec<(u8, u32)>)>,
}

const ROOT: u32 = 0;
/// No name begins with the word.
const NOWHERE: u32 = u32::MAX;

impl Names {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tree = Self { nodes: vec![(false, Vec::new())] };
        for name in names {
            let mut node = ROOT;
            for letter in name.bytes() {
                node = match tree.child(node, letter) {
                    NOWHERE => {
                        let child = u32::try_from(tree.nodes.len()).unwrap_or(NOWHERE);
                        tree.nodes.push((false, Vec::new()));
                        tree.nodes[node as usize].1.push((letter, child));
                        child
                    }
                    child => child,
                };
            }
            tree.nodes[node as usize].0 = true;
        }
        tree
    }

    fn child(&self, node: u32, letter: u8) -> u32 {
        let children = self.nodes.get(node as usize).map_or(&[][..], |(_, children)| children);
        children.iter().find(|(known, _)| *known == letter).map_or(NOWHERE, |(_, child)| *child)
    }

    fn is_name(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|(is_name, _)| *is_name)
    }
}

/// A word: where it leads to, and how it is made.
#[derive(Clone, Copy)]
struct Word {
    state: u32,
    node: u32,
    length: usize,
    before: usize,
    letter: u8,
}

/// Shows all sets of patterns that a word of the universe can match which is none of `names`, each once and with such a word,
/// until `shown` wants no more. `None` where that takes too long.
pub(super) fn each_set(
    machine: &mut Machine,
    universe: Universe,
    names: &Names,
    budget: &mut Budget,
    mut shown: impl FnMut(&[usize], String) -> bool,
) -> Option<()> {
    let mut classes = HashSet::new();
    let one_a_class: Vec<u8> =
        universe.letters.iter().copied().filter(|letter| classes.insert(machine.class(*letter))).collect();
    let mut words = vec![Word { state: Machine::START, node: ROOT, length: 0, before: 0, letter: 0 }];
    let mut seen = HashSet::new();
    let mut sets: HashSet<Rc<[usize]>> = HashSet::new();
    // Above this, words are not told apart by their length.
    let longest = universe.length.unwrap_or(1);
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        if word.length == longest && !names.is_name(word.node) {
            let set = machine.accepted(word.state);
            budget.spend(set.len())?;
            if sets.insert(Rc::clone(&set)) && !shown(&set, spelled(&words, at)) {
                return Some(());
            }
        }
        let letters = match (universe.length == Some(word.length), word.node) {
            (true, _) => &[][..],
            (_, NOWHERE) => &one_a_class,
            _ => universe.letters,
        };
        for letter in letters.iter().copied() {
            budget.spend(1)?;
            let state = machine.step(word.state, letter, budget)?;
            let node = names.child(word.node, letter);
            let length = longest.min(word.length + 1);
            if seen.insert((state, node, length)) {
                words.push(Word { state, node, length, before: at, letter });
            }
        }
        at += 1;
    }
    Some(())
}

fn spelled(words: &[Word], mut at: usize) -> String {
    let mut letters = Vec::new();
    while at > 0 {
        letters.push(char::from(words[at].letter));
        at = words[at].before;
    }
    letters.iter().rev().collect()
}
