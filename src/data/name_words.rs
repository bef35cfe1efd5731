//! What a column's name gives away: ids, times, actions and amounts.

/// Actions that recommenders predict as yes or no.
const ACTIONS: [&str; 37] = [
    "bought",
    "buy",
    "cart",
    "click",
    "clicked",
    "clicks",
    "collect",
    "comment",
    "commented",
    "conversion",
    "convert",
    "converted",
    "cvr",
    "effective",
    "favorite",
    "favourite",
    "finish",
    "finished",
    "follow",
    "followed",
    "forward",
    "hate",
    "install",
    "like",
    "liked",
    "likes",
    "order",
    "ordered",
    "pay",
    "purchase",
    "purchased",
    "repost",
    "save",
    "share",
    "shared",
    "subscribe",
    "upvote",
];
/// Words that make an action's name a feature after all: what was counted before is not what is predicted.
const HISTORY: [&str; 13] = [
    "avg", "cnt", "count", "counts", "history", "id", "last", "mean", "num", "prev", "previous",
    "rate", "total",
];
const CONSUMED: [&str; 8] = [
    "dwell", "listen", "play", "playing", "read", "stay", "view", "watch",
];
const AMOUNTS: [&str; 11] = [
    "duration", "length", "minutes", "ms", "ratio", "sec", "seconds", "secs", "time", "times", "s",
];
const TIMES: [&str; 6] = ["date", "datetime", "time", "time_ms", "timestamp", "ts"];
const USERS: [&str; 9] = [
    "account", "client", "customer", "member", "reader", "user", "userid", "uid", "viewer",
];

/// A name in lower-case words.
pub(super) struct NameWords {
    whole: String,
    words: Vec<String>,
}

impl NameWords {
    /// Splits at everything that is no letter or digit, and before a capital after a small letter.
    pub(super) fn of(name: &str) -> Self {
        let mut words = vec![String::new()];
        let mut after_small = false;
        for letter in name.chars() {
            if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
                word.extend(letter.to_lowercase());
            }
            after_small = letter.is_lowercase();
        }
        words.retain(|word| !word.is_empty());
        Self {
            whole: words.join("_"),
            words,
        }
    }

    fn has(&self, list: &[&str]) -> bool {
        self.words.iter().any(|word| list.contains(&word.as_str()))
    }

    fn last(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// Such as `user_id`, `videoId`, `uid`.
    pub(super) fn is_id(&self) -> bool {
        ["id", "uid", "uuid", "guid"].contains(&self.last())
            || (self.words.len() == 1
                && ["userid", "itemid", "videoid", "adid", "docid"].contains(&self.last()))
    }

    /// Such as `user_id`.
    pub(super) fn is_user_id(&self) -> bool {
        self.is_id() && (self.has(&USERS))
    }

    /// Such as `click`, `is_like`, `label_2`, but not `click_count`.
    pub(super) fn is_action(&self) -> bool {
        let label = self
            .words
            .iter()
            .any(|word| word.starts_with("label") || word == "target");
        let long_view = self.whole.ends_with("long_view") || self.whole.ends_with("profile_enter");
        (self.has(&ACTIONS) || label || long_view) && !self.has(&HISTORY)
    }

    /// Such as `watch_secs`, `dwell`, `rating`, `label_time`, but not `avg_watch_time`.
    pub(super) fn is_amount(&self) -> bool {
        let label = self
            .words
            .first()
            .is_some_and(|word| word.starts_with("label"));
        let consumed = self.has(&CONSUMED) && self.has(&AMOUNTS);
        let alone = self.has(&["dwell", "dwelltime", "watchtime", "rating"]);
        (label || consumed || alone) && !self.has(&HISTORY)
    }

    /// Such as `ts`, `timestamp`, `date`.
    pub(super) fn is_time(&self) -> bool {
        TIMES.contains(&self.whole.as_str())
            || ["timestamp", "datetime", "ts"].contains(&self.last())
    }

    /// Such as `event_time`, `created_at`, which may be a duration or a clock's reading as well.
    pub(super) fn ends_in_time(&self) -> bool {
        ["at", "date", "time"].contains(&self.last()) && self.words.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::NameWords;

    #[test]
    fn names_give_away_what_they_mean() {
        let of = NameWords::of;
        assert!(of("user_id").is_user_id() && of("userId").is_user_id() && of("uid").is_user_id());
        assert!(of("video_id").is_id() && !of("video_id").is_user_id());
        assert!(!of("width").is_id() && !of("paid").is_id());
        assert!(of("is_click").is_action() && of("Like").is_action() && of("label_2").is_action());
        assert!(!of("click_count").is_action() && !of("is_male").is_action());
        assert!(of("watch_secs").is_amount() && of("play_time_ms").is_amount());
        assert!(!of("avg_watch_time").is_amount() && !of("duration_secs").is_amount());
        assert!(of("ts").is_time() && of("event_timestamp").is_time() && !of("times").is_time());
        assert!(of("created_at").ends_in_time() && !of("time").ends_in_time());
    }
}
