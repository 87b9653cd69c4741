//! Whether seats can be filled by different people (A5).

/// Seats to be filled, and for each the people who could, by number. Each person fills one at the most.
///
/// Returns who fills each seat, in a way that leaves as few empty as possible: a maximum matching, found by augmenting paths.
pub fn fill(seats: &[Vec<usize>]) -> Vec<Option<usize>> {
    let people = seats.iter().flatten().max().map_or(0, |most| most + 1);
    let mut seat_of: Vec<Option<usize>> = vec![None; people];
    for seat in 0..seats.len() {
        let mut asked = vec![false; people];
        take(seats, seat, &mut seat_of, &mut asked);
    }
    let mut filled = vec![None; seats.len()];
    for (person, seat) in seat_of.iter().enumerate() {
        if let Some(seat) = seat {
            filled[*seat] = Some(person);
        }
    }
    filled
}

/// Finds somebody for a seat, if need be by moving others.
fn take(seats: &[Vec<usize>], seat: usize, seat_of: &mut [Option<usize>], asked: &mut [bool]) -> bool {
    for person in &seats[seat] {
        if asked[*person] {
            continue;
        }
        asked[*person] = true;
        let can_move = seat_of[*person].is_none_or(|other| take(seats, other, seat_of, asked));
        if can_move {
            seat_of[*person] = Some(seat);
            return true;
        }
    }
    false
}

/// Seats that can't all be filled, whoever sits where, because together they have fewer people than seats; with these people.
/// `None` where all can be filled.
pub fn too_few(seats: &[Vec<usize>]) -> Option<(Vec<usize>, Vec<usize>)> {
    let filled = fill(seats);
    let empty = filled.iter().position(Option::is_none)?;
    // Everybody who could sit there sits elsewhere, and so on: these seats and people are Hall's proof.
    let (mut found, mut people) = (vec![empty], Vec::new());
    let mut next = 0;
    while let Some(seat) = found.get(next).copied() {
        next += 1;
        for person in &seats[seat] {
            if people.contains(person) {
                continue;
            }
            people.push(*person);
            let sits = filled.iter().position(|other| *other == Some(*person));
            found.extend(sits.filter(|seat| !found.contains(seat)));
        }
    }
    found.sort_unstable();
    people.sort_unstable();
    Some((found, people))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// The most seats that can be filled, tried in every way.
    fn most(seats: &[Vec<usize>], taken: &mut Vec<usize>) -> usize {
        let Some((first, rest)) = seats.split_first() else { return 0 };
        let mut best = most(rest, taken);
        for person in first {
            if !taken.contains(person) {
                taken.push(*person);
                best = best.max(1 + most(rest, taken));
                taken.pop();
            }
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

        #[test]
        fn no_way_of_sitting_fills_more(seats in prop::collection::vec(prop::collection::vec(0..6_usize, 0..4), 0..6)) {
            let filled = fill(&seats);
            for (seat, person) in filled.iter().enumerate() {
                prop_assert!(person.is_none_or(|person| seats[seat].contains(&person)));
            }
            let mut people: Vec<usize> = filled.iter().flatten().copied().collect();
            people.sort_unstable();
            let sitting = people.len();
            people.dedup();
            prop_assert_eq!(people.len(), sitting);
            let best = most(&seats, &mut Vec::new());
            prop_assert_eq!(sitting, best);
            match too_few(&seats) {
                None => prop_assert_eq!(best, seats.len()),
                Some((seats_of_few, people)) => {
                    prop_assert!(seats_of_few.len() > people.len());
                    let could: Vec<usize> = seats_of_few.iter().flat_map(|seat| seats[*seat].clone()).collect();
                    prop_assert!(could.iter().all(|person| people.contains(person)));
                }
            }
        }
    }
}
