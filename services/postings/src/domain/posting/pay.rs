//! Salary as exact numbers: minor units of a currency, per period. What cannot be told is left out.

use serde::{Deserialize, Serialize};

use super::fold;

/// Above this many minor units a number is no salary but an error.
const LARGEST: f64 = 1e12;

/// What a salary is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Period {
    /// From a source's words.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        folded.split(' ').find_map(|word| match word {
            "hour" | "hourly" | "hr" | "h" | "tim" | "timme" | "timmen" | "timlon" | "stunde" | "heure" => {
                Some(Self::Hour)
            }
            "day" | "daily" | "dag" | "tag" | "jour" => Some(Self::Day),
            "week" | "weekly" | "vecka" | "woche" | "semaine" => Some(Self::Week),
            "month" | "monthly" | "man" | "manad" | "manadslon" | "monat" | "mois" | "mth" => {
                Some(Self::Month)
            }
            "year" | "yearly" | "annual" | "annually" | "annum" | "ar" | "arslon" | "jahr" | "an" | "yr"
            | "pa" => Some(Self::Year),
            _ => None,
        })
    }
}

/// A salary or a range of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Salary {
    /// Lowest, in minor units.
    pub minimum: Option<i64>,
    /// Highest, in minor units.
    pub maximum: Option<i64>,
    /// ISO 4217 code; `None` where the source does not tell.
    pub currency: Option<String>,
    /// What it is paid for.
    pub period: Option<Period>,
}

impl Salary {
    /// From numbers of minor units. Zero means "not told"; a range the wrong way round is turned.
    ///
    /// # Errors
    /// When a number is negative or too large to be a salary.
    pub(super) fn from_minor(minimum: Option<f64>, maximum: Option<f64>) -> Result<Option<Self>, String> {
        let minimum = whole(minimum)?;
        let maximum = whole(maximum)?;
        let (minimum, maximum) = match (minimum, maximum) {
            (None, None) => return Ok(None),
            (Some(low), Some(high)) if low > high => (Some(high), Some(low)),
            range => range,
        };
        Ok(Some(Self { minimum, maximum, currency: None, period: None }))
    }

    /// From words such as "30 000 - 40 000 kr/mån" or "€50k–60k per year".
    pub(super) fn from_words(text: &str) -> Option<Self> {
        let numbers: Vec<f64> = numbers(text).into_iter().filter(|number| *number >= 10.0).collect();
        let (low, high) = match numbers.as_slice() {
            [one] => (*one, *one),
            [low, high] => (*low, *high),
            _ => return None,
        };
        let currency = currency_in(text);
        let period = Period::parse(text);
        (currency.is_some() || period.is_some()).then_some(())?;
        let salary = Self::from_minor(Some(low * 100.0), Some(high * 100.0)).ok()??;
        Some(Self { currency, period, ..salary })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn whole(minor: Option<f64>) -> Result<Option<i64>, String> {
    match minor {
        None => Ok(None),
        Some(0.0) => Ok(None),
        Some(minor) if (0.0..LARGEST).contains(&minor) => Ok(Some(minor.round() as i64)),
        Some(minor) => Err(format!("{} is no salary", minor / 100.0)),
    }
}

/// A three-letter code in capitals, `None` for anything else.
pub(super) fn currency_code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    (code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

fn currency_in(text: &str) -> Option<String> {
    const CODES: [&str; 10] = ["SEK", "EUR", "USD", "GBP", "NOK", "DKK", "CHF", "PLN", "CAD", "AUD"];
    let upper = text.to_uppercase();
    if let Some(code) = CODES.iter().find(|code| upper.contains(*code)) {
        return Some((*code).to_owned());
    }
    let by_sign = [("€", "EUR"), ("£", "GBP"), ("$", "USD"), ("ZŁ", "PLN"), ("KR", "SEK")];
    by_sign.iter().find(|(sign, _)| upper.contains(sign)).map(|(_, code)| (*code).to_owned())
}

/// The numbers in a text, with thousands marks (space, point, comma, apostrophe) and a `k` understood.
fn numbers(text: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (number, next) = number_at(&chars, at);
        let thousand = matches!(chars.get(next), Some('k' | 'K'))
            && !chars.get(next + 1).is_some_and(|c| c.is_alphabetic());
        found.push(if thousand { number * 1_000.0 } else { number });
        at = next;
    }
    found
}

fn number_at(chars: &[char], start: usize) -> (f64, usize) {
    let digits_from =
        |at: usize| chars[at.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut text = String::new();
    let mut at = start;
    loop {
        let run = digits_from(at);
        text.extend(&chars[at..at + run]);
        at += run;
        let mark = chars.get(at).copied().unwrap_or('x');
        let groups =
            matches!(mark, ' ' | '.' | ',' | '\'' | '\u{a0}' | '\u{202f}') && digits_from(at + 1) == 3;
        if groups && text.len() <= 6 {
            at += 1;
            continue;
        }
        if matches!(mark, '.' | ',') && matches!(digits_from(at + 1), 1 | 2) {
            let run = digits_from(at + 1);
            text.push('.');
            text.extend(&chars[at + 1..at + 1 + run]);
            at += 1 + run;
        }
        return (text.parse().unwrap_or_default(), at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(i64, i64, Option<String>, Option<Period>)> {
        let salary = Salary::from_words(text)?;
        Some((salary.minimum? / 100, salary.maximum? / 100, salary.currency, salary.period))
    }

    #[test]
    fn salaries_in_words_become_numbers() {
        let sek = || Some("SEK".to_owned());
        assert_eq!(read("30 000 - 40 000 kr/mån"), Some((30_000, 40_000, sek(), Some(Period::Month))));
        assert_eq!(read("25.000 till 30.000 SEK"), Some((25_000, 30_000, sek(), None)));
        assert_eq!(read("€50k–60k per year"), Some((50_000, 60_000, Some("EUR".into()), Some(Period::Year))));
        assert_eq!(read("£45,000"), Some((45_000, 45_000, Some("GBP".into()), None)));
        assert_eq!(read("Enligt överenskommelse"), None);
        assert_eq!(read("Fast månads- vecko- eller timlön"), None);
    }

    #[test]
    fn nonsense_numbers_are_no_salary() {
        assert_eq!(Salary::from_minor(Some(0.0), None), Ok(None));
        assert!(Salary::from_minor(Some(-1.0), None).is_err());
        assert!(Salary::from_minor(Some(1e18), None).is_err());
        let turned = Salary::from_minor(Some(950.0), Some(500.0)).unwrap().unwrap();
        assert_eq!((turned.minimum, turned.maximum), (Some(500), Some(950)));
    }

    proptest! {
        #[test]
        fn reading_words_never_panics(text in "[0-9k .,€kr/mån-]{0,40}") {
            let _ = Salary::from_words(&text);
        }
    }
}
