//! The pay, which the API gives as free text, mostly "by agreement".

use std::sync::LazyLock;

use metier_plugin_sdk::{
    text::{self, Masker},
    wire::{Salary, SalaryPeriod, limits},
};
use regex::Regex;
use serde_json::Value;

use super::string;

/// Texts that say nothing.
const EMPTY: [&str; 5] = ["-", "undefined", "not specified", "n/a", "null"];

/// An amount, perhaps a second one, and kronor behind it. Only an amount with its currency is an amount.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and the tests below compile it")]
static AMOUNTS: LazyLock<Regex> = LazyLock::new(|| {
    let amount = r"(\d{1,3}(?:[ \u{a0}.]\d{3})+|\d{2,6})(?:[.,](\d{2}))?";
    let pattern = format!(
        r"(?i)(?:^|[^\d.,]){amount}(?:\s*(?:kr|sek)?\s*(?:-|–|till|to)\s*{amount})?\s*(?::-|(?:kr|sek|kronor)\b)"
    );
    Regex::new(&pattern).expect("a constant pattern")
});

const PERIODS: [(&[&str], SalaryPeriod); 3] = [
    (&["timme", "timmen", "tim", "timlön", "h", "hour"], SalaryPeriod::Hour),
    (&["månad", "månaden", "mån", "månadslön", "month"], SalaryPeriod::Month),
    (&["år", "året", "årslön", "year"], SalaryPeriod::Year),
];

/// The pay in the ad's words, with the amounts that are plain in them.
pub(super) fn read(ad: &Value, masker: &Masker) -> Option<Salary> {
    let text = text::one_line(string(ad, "/salary_description")?, limits::MAX_LINE_CHARS)?;
    if EMPTY.contains(&text.to_lowercase().as_str()) {
        return None;
    }
    let mut salary = amounts(&text).unwrap_or_default();
    salary.text = Some(masker.text(&text)).filter(|text| text.chars().count() <= limits::MAX_LINE_CHARS);
    Some(salary)
}

fn amounts(text: &str) -> Option<Salary> {
    let mut found = AMOUNTS.captures_iter(text);
    let (first, second) = (found.next()?, found.next());
    // Two separate amounts (a wage and a bonus, say) cannot be told apart.
    if second.is_some() {
        return None;
    }
    let min = minor_units(first.get(1)?.as_str(), first.get(2).map(|it| it.as_str()))?;
    let max = first
        .get(3)
        .and_then(|it| minor_units(it.as_str(), first.get(4).map(|it| it.as_str())))
        .unwrap_or(min);
    (min <= max).then(|| Salary {
        min: Some(min),
        max: Some(max),
        currency: Some("SEK".to_owned()),
        period: period(text),
        ..Salary::default()
    })
}

fn minor_units(whole: &str, hundredths: Option<&str>) -> Option<i64> {
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let hundredths: i64 = hundredths.map_or(Some(0), |it| it.parse().ok())?;
    digits.parse::<i64>().ok()?.checked_mul(100)?.checked_add(hundredths)
}

/// What the amount is paid for, if exactly one period is named.
fn period(text: &str) -> Option<SalaryPeriod> {
    let words: Vec<String> =
        text.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase).collect();
    let named = PERIODS.iter().filter(|(names, _)| words.iter().any(|word| names.contains(&word.as_str())));
    let named: Vec<SalaryPeriod> = named.map(|(_, period)| *period).collect();
    if let [period] = named[..] { Some(period) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pay(text: &str) -> Option<(Option<i64>, Option<i64>, Option<SalaryPeriod>)> {
        let salary = read(&json!({"salary_description": text}), &Masker::default())?;
        assert_eq!(salary.min.is_some(), salary.currency.is_some());
        Some((salary.min, salary.max, salary.period))
    }

    #[test]
    fn plain_amounts_are_read() {
        use SalaryPeriod::{Hour, Month};
        assert_eq!(pay("30 000 - 35 000 kr/månad"), Some((Some(3_000_000), Some(3_500_000), Some(Month))));
        assert_eq!(
            pay("Månadslön 28000 till 31000 SEK"),
            Some((Some(2_800_000), Some(3_100_000), Some(Month)))
        );
        assert_eq!(pay("165,50 kr i timmen"), Some((Some(16_550), Some(16_550), Some(Hour))));
        assert_eq!(pay("25.000:-"), Some((Some(2_500_000), Some(2_500_000), None)));
    }

    #[test]
    fn words_without_a_plain_amount_stay_words() {
        for words in [
            "Lön enligt överenskommelse",
            "Fast månadslön",
            "30 000 - 35 000",
            "Fast lön 25 000 kr plus 3 000 kr bonus",
        ] {
            assert!(matches!(pay(words), Some((None, None, _))), "{words}");
        }
        for nothing in ["-", "Undefined", "Not Specified", "  "] {
            assert_eq!(pay(nothing), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-9 .,kr:\\-–tilmånad]{0,60}") {
            if let Some((Some(min), Some(max), _)) = pay(&text) {
                prop_assert!(min <= max);
            }
        }
    }
}
