//! The order in which go-yaml prints the keys of a map: numbers inside keys count as numbers.

use std::borrow::Cow;

use super::{Encoder, Tree};

/// Sorts entries as `encoder` does.
pub(super) fn sorted<'t, 'a>(
    entries: &'t [(Cow<'a, str>, Tree<'a>)],
    encoder: Encoder,
) -> Vec<&'t (Cow<'a, str>, Tree<'a>)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    if !sorted.is_sorted_by(|left, right| !is_less(&right.0, &left.0, encoder)) {
        merge_sort(&mut sorted, &|left, right| is_less(&left.0, &right.0, encoder));
    }
    sorted
}

/// A stable sort that needs no total order: go-yaml's is none for some keys, and the standard sort may panic then.
fn merge_sort<T: Copy>(items: &mut Vec<T>, is_less: &impl Fn(T, T) -> bool) {
    if items.len() < 2 {
        return;
    }
    let mut right = items.split_off(items.len() / 2);
    let mut left = std::mem::take(items);
    merge_sort(&mut left, is_less);
    merge_sort(&mut right, is_less);
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(&first), Some(&second)) = (left.peek(), right.peek()) {
        if is_less(second, first) {
            items.extend(right.next());
        } else {
            items.extend(left.next());
        }
    }
    items.extend(left);
    items.extend(right);
}

/// `keyList.Less` of go-yaml: at the first difference letters come after everything else, and runs of digits
/// compare by value. v3 puts a letter that follows a digit before what is no letter.
fn is_less(left: &str, right: &str, encoder: Encoder) -> bool {
    let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let same =
        (0..=same).rev().find(|at| left.is_char_boundary(*at) && right.is_char_boundary(*at)).unwrap_or(0);
    let (before, left, right) = (&left[..same], &left[same..], &right[same..]);
    let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
        return left.len() < right.len();
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (false, false) => {}
        (first_is_letter, second_is_letter) => {
            let follows_digit = before.ends_with(|c: char| c.is_ascii_digit());
            let letter_first = encoder == Encoder::Pretty && follows_digit;
            return if letter_first { first_is_letter } else { second_is_letter };
        }
    }
    // A zero goes on with a number that began before the difference, if any of its digits is not zero.
    let start = if first == '0' || second == '0' {
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit);
        i64::from(digits.into_iter().any(|digit| digit != b'0'))
    } else {
        0
    };
    let (left_value, left_digits) = number(left, start);
    let (right_value, right_digits) = number(right, start);
    if left_value != right_value {
        return left_value < right_value;
    }
    if left_digits != right_digits {
        return left_digits < right_digits;
    }
    first < second
}

fn number(text: &str, start: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let value = text
        .bytes()
        .take(digits)
        .fold(start, |value, digit| value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')));
    (value, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoder: Encoder, keys: &str) {
        let expect: Vec<&str> = keys.split(' ').collect();
        let mut shuffled: Vec<(Cow<'_, str>, Tree<'_>)> =
            expect.iter().map(|key| ((*key).into(), Tree::Null)).collect();
        shuffled.reverse();
        let sorted: Vec<&str> = sorted(&shuffled, encoder).iter().map(|entry| entry.0.as_ref()).collect();
        assert_eq!(sorted, expect);
    }

    #[test]
    fn numbers_in_keys_count() {
        check(Encoder::Kubernetes, "9 10 123 B a:b a1 a2 a10 b");
        check(Encoder::Kubernetes, "a-b a_b a1 a1-x a1b a01");
        check(Encoder::Kubernetes, "1-x 100 101 1001 1a");
        check(Encoder::Kubernetes, "x1.2 x1a");
        check(Encoder::Pretty, "x1a x1.2 xa");
    }
}
