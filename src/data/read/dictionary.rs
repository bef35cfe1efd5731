//! Distinct texts as small numbers in the order of their first appearance.
//!
//! An open-addressing table over the texts themselves, so that a text is stored once and a cell that was seen before costs no
//! allocation. Only UTF-8 gets in.

const FREE: Slot = Slot {
    key: 0,
    len: 0,
    code: u32::MAX,
};
const FIRST_SLOTS: usize = 16;
/// A text of so many bytes is its own key.
const SHORT: usize = 8;

/// Texts and their codes.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    texts: Vec<String>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u64,
    /// Texts of other lengths are not looked at.
    len: u32,
    code: u32,
}

impl Dictionary {
    /// The code of a text, a new one if it has none; `None` if it is not UTF-8.
    pub(super) fn code(&mut self, bytes: &[u8]) -> Option<u32> {
        if self.texts.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let key = key(bytes);
        let index = self.find(key, bytes);
        let slot = self.slots.get_mut(index)?;
        if slot.code == FREE.code {
            let text = str::from_utf8(bytes).ok()?.to_owned();
            *slot = Slot {
                key,
                len: bytes.len() as u32,
                code: self.texts.len() as u32,
            };
            self.texts.push(text);
        }
        Some(slot.code)
    }

    /// The texts in the order of their codes.
    pub(super) fn into_texts(self) -> Vec<String> {
        self.texts
    }

    /// The slot of a text, or the free one where it belongs.
    fn find(&self, key: u64, bytes: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut index = place(key) & mask;
        loop {
            let slot = self.slots[index];
            let is_it = || {
                slot.key == key
                    && slot.len == bytes.len() as u32
                    && (bytes.len() <= SHORT || self.texts[slot.code as usize].as_bytes() == bytes)
            };
            if slot.code == FREE.code || is_it() {
                return index;
            }
            index = (index + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(FIRST_SLOTS);
        let slots = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for slot in slots.into_iter().filter(|slot| slot.code != FREE.code) {
            let mut index = place(slot.key) & (size - 1);
            while self.slots[index].code != FREE.code {
                index = (index + 1) & (size - 1);
            }
            self.slots[index] = slot;
        }
    }
}

/// A short text's bytes, or a longer one's hash.
fn key(bytes: &[u8]) -> u64 {
    if bytes.len() <= SHORT {
        word(bytes)
    } else {
        hash(bytes)
    }
}

/// Where a key belongs.
fn place(key: u64) -> usize {
    (fold(key ^ 0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

/// At most eight bytes as a number.
fn word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// A multiply-and-fold hash, eight bytes at a time.
fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for &word in words {
        state = fold(state ^ u64::from_le_bytes(word));
    }
    fold(state ^ word(rest))
}

fn fold(word: u64) -> u64 {
    let wide = u128::from(word) * 0xd6e8_feb8_6659_fd93;
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_first_appearance_and_survive_growth() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..5000)
            .map(|number| format!("{}", number * 7919))
            .collect();
        for round in 0..2 {
            for (code, text) in texts.iter().enumerate() {
                assert_eq!(
                    dictionary.code(text.as_bytes()),
                    Some(code as u32),
                    "round {round}"
                );
            }
        }
        assert_eq!(dictionary.code(b""), Some(5000));
        assert_eq!(dictionary.into_texts().len(), 5001);
    }

    #[test]
    fn what_is_not_utf8_gets_no_code() {
        let mut dictionary = Dictionary::default();
        assert_eq!(dictionary.code(b"caf\xe9"), None);
        assert_eq!(dictionary.code("café".as_bytes()), Some(0));
        assert_eq!(dictionary.code(b"caf\xe9"), None);
        assert_eq!(dictionary.into_texts(), ["café"]);
    }

    #[test]
    fn texts_that_differ_in_one_place_have_different_hashes() {
        let texts = [
            "a",
            "b",
            "aa",
            "",
            "\0",
            "12345678",
            "123456780",
            "12345678\0",
            "a2345678",
            "12345679",
        ];
        for (index, left) in texts.iter().enumerate() {
            for right in &texts[..index] {
                assert_ne!(
                    hash(left.as_bytes()),
                    hash(right.as_bytes()),
                    "{left:?} {right:?}"
                );
            }
        }
    }
}
