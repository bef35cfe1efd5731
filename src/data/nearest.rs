//! The name that was probably meant.

/// Less alike than this is another name, not a slip of the pen.
const ALIKE: f64 = 0.75;

/// The nearest of some names, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|other| {
        (
            strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase()),
            other,
        )
    });
    scored
        .filter(|&(score, _)| score > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_understood_and_strangers_are_not() {
        let names = || ["user_id", "video_id", "click"].into_iter();
        assert_eq!(nearest("clik", names()), Some("click"));
        assert_eq!(nearest("UserID", names()), Some("user_id"));
        assert_eq!(nearest("price", names()), None);
    }
}
