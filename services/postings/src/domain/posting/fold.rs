//! Folding text to what two spellings of it share: lower case, no accents, one space between words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower-cased and without accents, with anything but letters, digits, `+` and `#` turned into single spaces.
///
/// `+` and `#` stay because C, C++ and C# are three things.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).flat_map(plain) {
        if c.is_alphanumeric() || matches!(c, '+' | '#') {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Letters that decomposition leaves whole though their accent is part of them. Lower-casing can itself set
/// free a combining mark, which is dropped here.
fn plain(c: char) -> impl Iterator<Item = char> {
    let spelled = match c {
        'ß' => ['s', 's'],
        'æ' => ['a', 'e'],
        'œ' => ['o', 'e'],
        'ø' => ['o', '\0'],
        'ł' => ['l', '\0'],
        'đ' | 'ð' => ['d', '\0'],
        'ı' => ['i', '\0'],
        c if is_combining_mark(c) => ['\0', '\0'],
        c => [c, '\0'],
    };
    spelled.into_iter().filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        assert_eq!(fold("  Göteborg,  Västra-Götaland "), "goteborg vastra gotaland");
        assert_eq!(fold("Łódź STRASSE Straße Ærø"), "lodz strasse strasse aero");
        assert_eq!(fold("C++ / C#"), "c++ c#");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
