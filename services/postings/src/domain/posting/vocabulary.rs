//! The closed vocabularies of a posting and the words sources use for them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fold;

/// Whether the work can be done from anywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remote {
    /// The source says so.
    Yes,
    /// The source says it cannot.
    No,
    /// The source does not say.
    #[default]
    Unknown,
}

impl Remote {
    /// The word used in facets and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// How one is employed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmploymentType {
    /// Full-time.
    FullTime,
    /// Part-time.
    PartTime,
    /// For a contract, as a freelancer.
    Contract,
    /// While learning.
    Internship,
    /// For a limited time.
    Temporary,
}

impl EmploymentType {
    /// The word used in facets and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullTime => "full_time",
            Self::PartTime => "part_time",
            Self::Contract => "contract",
            Self::Internship => "internship",
            Self::Temporary => "temporary",
        }
    }

    /// From a source's words in English, Swedish, German or French.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        let says = |stems: &[&str]| stems.iter().any(|stem| folded.contains(stem));
        if says(&["intern", "praktik", "trainee", "stage", "apprenti", "ausbildung", "werkstudent"]) {
            Some(Self::Internship)
        } else if says(&["part time", "parttime", "deltid", "teilzeit", "temps partiel", "20 35"]) {
            Some(Self::PartTime)
        } else if says(&[
            "temporary",
            "tidsbegrans",
            "vikariat",
            "behovsanstall",
            "sommarjobb",
            "seasonal",
            "befristet",
            "cdd",
        ]) {
            Some(Self::Temporary)
        } else if says(&["contract", "freelance", "konsult", "consult", "self employ"]) {
            Some(Self::Contract)
        } else if says(&[
            "full time",
            "fulltime",
            "heltid",
            "vollzeit",
            "permanent",
            "tillsvidare",
            "temps plein",
            "cdi",
        ]) || folded == "vanlig anstallning"
        {
            Some(Self::FullTime)
        } else {
            None
        }
    }
}

impl fmt::Display for EmploymentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much experience is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperienceLevel {
    /// None or little.
    Entry,
    /// Some years.
    Mid,
    /// Many years.
    Senior,
    /// Leads an organization.
    Executive,
}

impl ExperienceLevel {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Mid => "mid",
            Self::Senior => "senior",
            Self::Executive => "executive",
        }
    }

    /// From a source's words.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        let says = |stems: &[&str]| stems.iter().any(|stem| folded.contains(stem));
        if says(&["executive", "director", "chief", "c level"]) {
            Some(Self::Executive)
        } else if says(&["senior", "lead", "principal", "staff"]) {
            Some(Self::Senior)
        } else if says(&["entry", "junior", "graduate", "intern", "trainee", "no experience"]) {
            Some(Self::Entry)
        } else if says(&["mid", "associate", "intermediate", "experienced"]) {
            Some(Self::Mid)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn employment_types_are_known_in_many_words() {
        for (text, expected) in [
            ("Full-time", Some(EmploymentType::FullTime)),
            ("fulltime", Some(EmploymentType::FullTime)),
            ("Heltid, Tillsvidareanställning", Some(EmploymentType::FullTime)),
            ("Deltid", Some(EmploymentType::PartTime)),
            ("Sommarjobb / feriejobb", Some(EmploymentType::Temporary)),
            ("Contract", Some(EmploymentType::Contract)),
            ("Internship", Some(EmploymentType::Internship)),
            ("whatever", None),
        ] {
            assert_eq!(EmploymentType::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn experience_levels_of_the_brief_are_known() {
        let levels = ["Entry-level", "Mid-level", "Senior", "Executive"].map(ExperienceLevel::parse);
        let expected = [
            ExperienceLevel::Entry,
            ExperienceLevel::Mid,
            ExperienceLevel::Senior,
            ExperienceLevel::Executive,
        ];
        assert_eq!(levels, expected.map(Some));
    }
}
