//! One cell of a text file: what its bytes say when nothing is known of its column yet.
//!
//! Numbers may stand between spaces; everything else is kept as it is written.

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing: an empty cell, `\N` or a null.
    Missing,
    /// Nothing if the column holds numbers (`NA`, `null`, …), itself if it holds text.
    Word,
    /// A whole number other than the stand-in for a missing one.
    Integer(i64),
    /// A whole number that does not fit, written out.
    Big(&'a str),
    /// A real number, perhaps infinite.
    Real(f64),
    /// Anything else.
    Text(&'a [u8]),
}

/// A whole number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whole {
    /// One that fits.
    Fits(i64),
    /// One that does not, or would be taken for missing.
    Big,
}

/// What the bytes of a cell say.
pub(super) fn classify(bytes: &[u8]) -> Cell<'_> {
    if is_missing(bytes) {
        return Cell::Missing;
    }
    let trimmed = bytes.trim_ascii();
    if trimmed.is_empty() || is_missing(trimmed) || is_missing_word(trimmed) {
        return Cell::Word;
    }
    match whole(trimmed) {
        Some(Whole::Fits(value)) => return Cell::Integer(value),
        Some(Whole::Big) => {
            return str::from_utf8(trimmed).map_or(Cell::Text(bytes), Cell::Big);
        }
        None => {}
    }
    match real(trimmed) {
        Some(value) if value.is_nan() => Cell::Word,
        Some(value) => Cell::Real(value),
        None => Cell::Text(bytes),
    }
}

/// Whether a cell is missing in a column of any type.
pub(super) fn is_missing(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes == b"\\N"
}

/// Whether a cell says in words that a number is missing.
fn is_missing_word(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 5] = [b"na", b"n/a", b"nan", b"null", b"none"];
    bytes.len() <= 4 && WORDS.iter().any(|word| bytes.eq_ignore_ascii_case(word))
}

/// The whole number that the bytes spell, if they spell one.
pub(super) fn whole(bytes: &[u8]) -> Option<Whole> {
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    let mut fits = true;
    // Counted downwards, since the negative side reaches one further.
    let mut value: i64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        match value
            .checked_mul(10)
            .and_then(|value| value.checked_sub(i64::from(digit)))
        {
            Some(next) => value = next,
            None => fits = false,
        }
    }
    if !fits || value == i64::MIN {
        return Some(Whole::Big);
    }
    Some(Whole::Fits(if negative { value } else { -value }))
}

/// The real number that the bytes spell, NaN and infinities among them, if they spell one.
pub(super) fn real(bytes: &[u8]) -> Option<f64> {
    plain_decimal(bytes).or_else(|| str::from_utf8(bytes).ok()?.parse().ok())
}

/// Decimals such as `-12.5` with so few digits that one division gives the nearest number.
fn plain_decimal(bytes: &[u8]) -> Option<f64> {
    const EXACT_DIGITS: usize = 15;
    const POWERS: [f64; EXACT_DIGITS + 1] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, bytes),
    };
    if digits.len() > EXACT_DIGITS + 1 {
        return None;
    }
    let (mut mantissa, mut count, mut point) = (0u64, 0usize, None);
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa * 10 + u64::from(digit);
            count += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            return None;
        }
    }
    if count == 0 || count > EXACT_DIGITS {
        return None;
    }
    let decimals = point.map_or(0, |point| count - point);
    let value = mantissa as f64 / POWERS.get(decimals)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_what_they_hold() {
        let cases: [(&str, Cell<'_>); 24] = [
            ("", Cell::Missing),
            ("\\N", Cell::Missing),
            (" ", Cell::Word),
            ("NA", Cell::Word),
            ("N/A", Cell::Word),
            ("NaN", Cell::Word),
            ("nan", Cell::Word),
            ("null", Cell::Word),
            ("None", Cell::Word),
            ("-nan", Cell::Word),
            ("0", Cell::Integer(0)),
            (" 7", Cell::Integer(7)),
            ("+5", Cell::Integer(5)),
            ("-9223372036854775807", Cell::Integer(-i64::MAX)),
            ("9223372036854775807", Cell::Integer(i64::MAX)),
            ("-9223372036854775808", Cell::Big("-9223372036854775808")),
            ("9223372036854775808", Cell::Big("9223372036854775808")),
            ("1.5", Cell::Real(1.5)),
            ("1e-3", Cell::Real(0.001)),
            ("-inf", Cell::Real(f64::NEG_INFINITY)),
            ("Infinity", Cell::Real(f64::INFINITY)),
            ("?", Cell::Text(b"?")),
            ("1,000", Cell::Text(b"1,000")),
            (" a ", Cell::Text(b" a ")),
        ];
        for (text, cell) in cases {
            assert_eq!(classify(text.as_bytes()), cell, "{text:?}");
        }
        for text in [
            "-", "+", ".", "-.", "e5", "0x10", "1_000", "1 2", "--1", "1.2.3",
        ] {
            assert_eq!(
                classify(text.as_bytes()),
                Cell::Text(text.as_bytes()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn short_decimals_are_the_nearest_numbers() {
        for text in [
            "0.1",
            "-0.3",
            "1700.09",
            ".5",
            "5.",
            "0.00000000000001",
            "99999999999999.9",
            "-0.0",
            "123456789.012345",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                plain_decimal(text.as_bytes()).unwrap().to_bits(),
                expected.to_bits(),
                "{text}"
            );
        }
        assert_eq!(plain_decimal(b"0.1234567890123456"), None);
        assert_eq!(real(b"0.1234567890123456"), Some(0.1234567890123456));
    }
}
