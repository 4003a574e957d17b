//! Which language a text is written in, when that is plain.

use whatlang::{Lang, detect as guess};

/// Fewer characters than this tell too little.
const TELLING: usize = 60;

/// The ISO 639-1 code of the text's language; nothing when the text is short or the guess is unsure.
pub fn detect(text: &str) -> Option<&'static str> {
    text.chars().nth(TELLING)?;
    let guess = guess(text).filter(whatlang::Info::is_reliable)?;
    code(guess.lang())
}

/// The languages of the countries our sources cover.
fn code(language: Lang) -> Option<&'static str> {
    Some(match language {
        Lang::Swe => "sv",
        Lang::Eng => "en",
        Lang::Dan => "da",
        Lang::Nob => "no",
        Lang::Fin => "fi",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Nld => "nl",
        Lang::Ita => "it",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Pol => "pl",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_languages_are_told_and_short_texts_are_not() {
        let swedish = "Vi söker en erfaren snickare som trivs med att arbeta självständigt och har körkort för personbil.";
        let english = "We are looking for an experienced carpenter who enjoys working independently and has a driving licence.";
        assert_eq!(detect(swedish), Some("sv"));
        assert_eq!(detect(english), Some("en"));
        assert_eq!(detect("Snickare"), None);
    }
}
