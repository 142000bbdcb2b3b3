//! Two lists beside each other, by a longest common subsequence (Wagner and Fischer 1974).

/// Lists with more pairs between what they begin and end with are not aligned: 8 MB.
const MAX_PAIRS: usize = 4_000_000;

/// The places of both lists in one order: equal entries beside each other, as many as can be, unless the lists are
/// too long for that.
pub(super) fn align<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(Option<usize>, Option<usize>)> {
    let head = a.iter().zip(b).take_while(|(one, other)| one == other).count();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev());
    let tail = tail.take_while(|(one, other)| one == other).count();
    let (middle_a, middle_b) = (&rest_a[..rest_a.len() - tail], &rest_b[..rest_b.len() - tail]);
    let mut aligned: Vec<_> = (0..head).map(|place| (Some(place), Some(place))).collect();
    let shifted = |place: Option<usize>| place.map(|place| head + place);
    aligned.extend(
        middle(middle_a, middle_b).iter().map(|&(one, other)| (shifted(one), shifted(other))),
    );
    let ends = (a.len() - tail..a.len()).zip(b.len() - tail..b.len());
    aligned.extend(ends.map(|(one, other)| (Some(one), Some(other))));
    aligned
}

fn middle<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(Option<usize>, Option<usize>)> {
    let lengths = if a.len() * b.len() <= MAX_PAIRS { lengths(a, b) } else { Vec::new() };
    let width = b.len() + 1;
    let length = |one: usize, other: usize| lengths.get(one * width + other).copied();
    let (mut one, mut other) = (0, 0);
    let mut aligned = Vec::new();
    while one < a.len() || other < b.len() {
        let is_pair = !lengths.is_empty() && one < a.len() && other < b.len() && a[one] == b[other];
        if is_pair {
            aligned.push((Some(one), Some(other)));
            (one, other) = (one + 1, other + 1);
        } else if other == b.len()
            || (one < a.len() && length(one + 1, other) >= length(one, other + 1))
        {
            aligned.push((Some(one), None));
            one += 1;
        } else {
            aligned.push((None, Some(other)));
            other += 1;
        }
    }
    aligned
}

/// Of each pair of places, how long the longest common subsequence of what follows is.
fn lengths<T: PartialEq>(a: &[T], b: &[T]) -> Vec<u16> {
    let width = b.len() + 1;
    let mut lengths = vec![0_u16; (a.len() + 1) * width];
    for one in (0..a.len()).rev() {
        for other in (0..b.len()).rev() {
            let after = |one: usize, other: usize| lengths[one * width + other];
            lengths[one * width + other] = if a[one] == b[other] {
                after(one + 1, other + 1).saturating_add(1)
            } else {
                after(one + 1, other).max(after(one, other + 1))
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::align;

    fn shown(a: &str, b: &str) -> String {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let pairs = align(&a, &b).into_iter().map(|pair| match pair {
            (Some(one), Some(other)) => {
                assert_eq!(a[one], b[other]);
                format!("{}", a[one])
            }
            (Some(one), None) => format!("-{}", a[one]),
            (None, other) => format!("+{}", b[other.expect("one of both")]),
        });
        pairs.collect()
    }

    #[test]
    fn as_many_as_can_be_are_beside_each_other() {
        for (a, b, expected) in [
            ("", "", ""),
            ("ab", "ab", "ab"),
            ("", "ab", "+a+b"),
            ("abcd", "abxd", "ab-c+xd"),
            ("xbc", "bcy", "-xbc+y"),
        ] {
            assert_eq!(shown(a, b), expected);
        }
        let kept = shown("abcbdab", "bdcaba").replace(['-', '+'], "");
        assert_eq!(kept.len(), 7 + 6 - 4, "the longest has four letters");
    }
}
