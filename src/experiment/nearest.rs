//! The known word that an unknown one was probably meant to be.

/// The known word nearest to `word`, or `None` if none is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in known {
        let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
        let longest = word.chars().count().max(candidate.chars().count());
        // A third of the letters may differ; `epoch` for `epochs` and `tim` for `time` pass, `foo` for `adam` does not.
        let near = distance <= (longest / 3).max(1) && distance < longest;
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// What to say beside an unknown word: the nearest known one, or all of them.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(found) => format!("did you mean `{found}`?"),
        None if known.is_empty() => "there is none to choose from".to_owned(),
        None => format!("known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word() {
        let known = ["random", "time", "group", "column"];
        assert_eq!(nearest("tme", known), Some("time"));
        assert_eq!(nearest("gruop", known), Some("group"));
        assert_eq!(nearest("Random", known), Some("random"));
        assert_eq!(nearest("epoch", ["epochs", "dropout"]), Some("epochs"));
    }

    #[test]
    fn a_far_word_finds_none() {
        assert_eq!(nearest("foo", ["adam", "sgd"]), None);
        assert_eq!(nearest("x", ["y", "z"]), None);
        assert_eq!(suggestion("foo", ["adam", "sgd"]), "known: adam, sgd");
        assert_eq!(suggestion("foo", []), "there is none to choose from");
    }
}
