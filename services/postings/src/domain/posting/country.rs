//! Countries by ISO 3166-1 code, read from codes and from names in the languages our sources use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::fold;

/// A country, as its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Names that the ISO table lacks: the countries' own, Swedish, German, French and everyday ones, folded.
const NAMES: [(&str, &str); 74] = [
    ("sverige", "SE"),
    ("schweden", "SE"),
    ("suede", "SE"),
    ("norge", "NO"),
    ("norwegen", "NO"),
    ("norvege", "NO"),
    ("danmark", "DK"),
    ("danemark", "DK"),
    ("suomi", "FI"),
    ("finlande", "FI"),
    ("finnland", "FI"),
    ("island", "IS"),
    ("deutschland", "DE"),
    ("tyskland", "DE"),
    ("allemagne", "DE"),
    ("osterreich", "AT"),
    ("osterrike", "AT"),
    ("autriche", "AT"),
    ("schweiz", "CH"),
    ("suisse", "CH"),
    ("svizzera", "CH"),
    ("frankrike", "FR"),
    ("frankreich", "FR"),
    ("nederland", "NL"),
    ("nederlanderna", "NL"),
    ("niederlande", "NL"),
    ("pays bas", "NL"),
    ("holland", "NL"),
    ("the netherlands", "NL"),
    ("netherlands", "NL"),
    ("belgie", "BE"),
    ("belgien", "BE"),
    ("belgique", "BE"),
    ("espana", "ES"),
    ("spanien", "ES"),
    ("espagne", "ES"),
    ("italia", "IT"),
    ("italien", "IT"),
    ("italie", "IT"),
    ("polska", "PL"),
    ("polen", "PL"),
    ("pologne", "PL"),
    ("storbritannien", "GB"),
    ("uk", "GB"),
    ("united kingdom", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northern ireland", "GB"),
    ("grossbritannien", "GB"),
    ("royaume uni", "GB"),
    ("irland", "IE"),
    ("irlande", "IE"),
    ("eire", "IE"),
    ("portugal", "PT"),
    ("tjeckien", "CZ"),
    ("tschechien", "CZ"),
    ("cesko", "CZ"),
    ("czech republic", "CZ"),
    ("czechia", "CZ"),
    ("ungern", "HU"),
    ("ungarn", "HU"),
    ("magyarorszag", "HU"),
    ("grekland", "GR"),
    ("griechenland", "GR"),
    ("estland", "EE"),
    ("lettland", "LV"),
    ("litauen", "LT"),
    ("luxemburg", "LU"),
    ("usa", "US"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("forenta staterna", "US"),
];

/// Country names that are also states or towns, so in free text they prove nothing.
const AMBIGUOUS: [&str; 5] = ["georgia", "jersey", "lebanon", "mexico", "guernsey"];

impl Country {
    /// From a two- or three-letter code or a name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == folded) {
            return Self::from_code(code);
        }
        let compact = folded.replace(' ', "");
        let found = match compact.len() {
            2 => celes::Country::from_alpha2(&compact).ok(),
            3 => celes::Country::from_alpha3(&compact).ok(),
            _ => celes::Country::from_name(&compact).or_else(|_| celes::Country::from_alias(&compact)).ok(),
        };
        found.and_then(|country| Self::from_code(country.alpha2))
    }

    /// From the last part of free text such as "Stockholm, Sweden". Only whole names count there: CA may be
    /// California and DE Delaware.
    pub fn in_location(location: &str) -> Option<Self> {
        let last = location.rsplit(',').next()?.trim();
        let folded = fold(last);
        let is_code = folded.len() <= 3 && !matches!(folded.as_str(), "uk" | "usa");
        let after_new = fold(location).contains("new mexico") || fold(location).contains("new jersey");
        if is_code || after_new || AMBIGUOUS.contains(&folded.as_str()) {
            return None;
        }
        Self::parse(last)
    }

    /// The alpha-2 code in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn from_code(code: &str) -> Option<Self> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        Some(Self(bytes.map(|byte| byte.to_ascii_uppercase())))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is no country")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_in_many_languages_are_countries() {
        let code = |text: &str| Country::parse(text).map(|country| country.code().to_owned());
        for (text, expected) in [
            ("se", "SE"),
            ("SWE", "SE"),
            ("Sverige", "SE"),
            ("Sweden", "SE"),
            ("Österreich", "AT"),
            ("United Kingdom", "GB"),
            ("UK", "GB"),
            ("Deutschland", "DE"),
            ("France", "FR"),
            ("Germany", "DE"),
            ("Switzerland", "CH"),
            ("US", "US"),
        ] {
            assert_eq!(code(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(code("Atlantis"), None);
        assert_eq!(code(""), None);
    }

    #[test]
    fn a_place_names_its_country_only_in_full() {
        let found = |text: &str| Country::in_location(text).map(|country| country.code().to_owned());
        assert_eq!(found("Stockholm, Sweden").as_deref(), Some("SE"));
        assert_eq!(found("San Francisco, CA"), None);
        assert_eq!(found("Atlanta, Georgia"), None);
        assert_eq!(found("London, UK").as_deref(), Some("GB"));
    }
}
