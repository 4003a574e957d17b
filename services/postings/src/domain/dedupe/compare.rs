//! Whether two sightings show the same opening. Symmetric, and blind to everything but the two.

use std::{fmt, time::Duration};

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// An ad published this long after another is a new round of hiring, equal text or not.
const NEW_ROUND: Duration = Duration::from_secs(90 * 86_400);
/// Texts at least this alike are one text, edited.
const ONE_TEXT: f32 = 0.8;
/// Texts at least this alike on one page are an edited page.
const EDITED_PAGE: f32 = 0.5;
/// What a source itself tells apart needs texts this alike to be called one.
const REPEATED: f32 = 0.95;
/// Titles less alike than this name different work.
const ONE_TITLE: f32 = 0.6;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Two openings.
    Different,
    /// Close, but not proven the same: shown as similar, never merged.
    Related,
    /// One opening.
    Same,
}

/// One thing that spoke for or against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The source itself says so.
    SameOriginalId,
    /// One page.
    SamePage,
    /// Two pages.
    DifferentPages,
    /// One employer.
    SameCompany,
    /// Names of which one is the beginning of the other.
    SimilarCompany,
    /// Two employers.
    DifferentCompanies,
    /// Equal titles, noise aside.
    SameTitle,
    /// Titles in part alike, from 0 to 1.
    SimilarTitle(f32),
    /// Titles with different levels, seasons or numbers.
    ConflictingTitles,
    /// The same places.
    SamePlaces,
    /// Some place in common, or one is wider than the other.
    CompatiblePlaces,
    /// No place in common.
    DifferentPlaces,
    /// Share of the texts that is the same, from 0 to 1.
    Text(f32),
    /// Hours between the publications.
    PublishedApart(u64),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameOriginalId => f.write_str("the source gives both one id"),
            Self::SamePage => f.write_str("same page"),
            Self::DifferentPages => f.write_str("different pages"),
            Self::SameCompany => f.write_str("same company"),
            Self::SimilarCompany => f.write_str("similar company"),
            Self::DifferentCompanies => f.write_str("different companies"),
            Self::SameTitle => f.write_str("same title"),
            Self::SimilarTitle(share) => write!(f, "titles {:.0} % alike", share * 100.0),
            Self::ConflictingTitles => f.write_str("titles name different levels or times"),
            Self::SamePlaces => f.write_str("same places"),
            Self::CompatiblePlaces => f.write_str("places agree in part"),
            Self::DifferentPlaces => f.write_str("different places"),
            Self::Text(share) => write!(f, "texts {:.0} % alike", share * 100.0),
            Self::PublishedApart(0) => f.write_str("published at the same time"),
            Self::PublishedApart(hours) => write!(f, "published {hours} hours apart"),
        }
    }
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was found.
    pub verdict: Verdict,
    /// How much spoke for "same", from 0 to 1; orders candidates, decides nothing.
    pub score: f32,
    /// What spoke for and against.
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Copy, PartialEq)]
enum Company {
    Same,
    Similar,
    Unknown,
    Different,
}

#[derive(Clone, Copy, PartialEq)]
enum Places {
    Same,
    Compatible,
    Different,
}

struct Evidence {
    one_source: bool,
    one_page: bool,
    two_pages: bool,
    company: Company,
    title: f32,
    one_title: bool,
    title_to_the_letter: bool,
    title_within: bool,
    title_conflict: bool,
    places: Places,
    text: Option<f32>,
    apart: Option<Duration>,
    one_day: bool,
}

/// Compares two sightings.
pub fn compare(a: &Fingerprint, b: &Fingerprint) -> Comparison {
    if a.key == b.key {
        return Comparison { verdict: Verdict::Same, score: 1.0, reasons: vec![Reason::SameOriginalId] };
    }
    let evidence = gather(a, b);
    Comparison { verdict: judge(&evidence), score: score(&evidence), reasons: reasons(&evidence) }
}

fn gather(a: &Fingerprint, b: &Fingerprint) -> Evidence {
    let dates = a.published_at.zip(b.published_at);
    let both_pages = a.url.is_some() && b.url.is_some();
    Evidence {
        one_source: a.key.source == b.key.source,
        one_page: both_pages && a.url == b.url,
        two_pages: both_pages && a.url != b.url,
        company: company(&a.company, &b.company),
        title: a.title.similarity(&b.title),
        one_title: a.title == b.title,
        title_to_the_letter: a.title_text == b.title_text,
        title_within: a.title.contains_or_is_within(&b.title),
        title_conflict: a.title.conflicts_with(&b.title),
        places: places(a, b),
        text: a.text.similarity(&b.text),
        apart: dates.map(|(a, b)| a.max(b).since(a.min(b))),
        one_day: dates.is_some_and(|(a, b)| day(a) == day(b)),
    }
}

/// Days since the epoch, in UTC.
fn day(moment: Timestamp) -> i64 {
    moment.seconds().div_euclid(86_400)
}

fn company(a: &str, b: &str) -> Company {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' ')) && short.len() > 2
    };
    match (a, b) {
        ("", _) | (_, "") => Company::Unknown,
        (a, b) if a == b => Company::Same,
        (a, b) if begins(a, b) || begins(b, a) => Company::Similar,
        _ => Company::Different,
    }
}

fn places(a: &Fingerprint, b: &Fingerprint) -> Places {
    if a.towns == b.towns && a.areas == b.areas {
        return Places::Same;
    }
    if a.country.zip(b.country).is_some_and(|(a, b)| a != b) {
        return Places::Different;
    }
    let wide = a.towns.is_empty() || b.towns.is_empty();
    if wide || !a.towns.is_disjoint(&b.towns) { Places::Compatible } else { Places::Different }
}

fn judge(evidence: &Evidence) -> Verdict {
    let two_works = evidence.title_conflict || evidence.company == Company::Different;
    if two_works {
        return if evidence.one_page { Verdict::Related } else { Verdict::Different };
    }
    match evidence.text {
        Some(text) => judge_with_text(evidence, text),
        None => judge_without_text(evidence),
    }
}

/// Where both texts are at hand, they decide; title, place and time may only object.
fn judge_with_text(evidence: &Evidence, text: f32) -> Verdict {
    let near_in_time = evidence.apart.is_none_or(|apart| apart <= NEW_ROUND);
    let no_objection = near_in_time && evidence.places != Places::Different;
    let repeated = evidence.one_source && !evidence.one_page;
    let same = if repeated {
        text >= REPEATED && evidence.one_title && no_objection
    } else if evidence.one_page {
        text >= EDITED_PAGE && evidence.title >= ONE_TITLE
    } else {
        text >= ONE_TEXT && (evidence.title >= ONE_TITLE || evidence.title_within) && no_objection
    };
    if same {
        Verdict::Same
    } else if text >= ONE_TEXT || evidence.one_page {
        Verdict::Related
    } else {
        Verdict::Different
    }
}

/// Without texts, everything else must agree: a page is listed again for a new round, one title stands for
/// several openings, and a day is as exact as many sources date.
fn judge_without_text(evidence: &Evidence) -> Verdict {
    let one_work = evidence.title_to_the_letter && evidence.places == Places::Same;
    let one_moment = evidence.apart == Some(Duration::ZERO);
    let known_company = evidence.company != Company::Unknown;
    let same = if evidence.one_page {
        known_company
            && ((one_work && (evidence.one_day || evidence.apart.is_none()))
                || (one_moment && evidence.title_within))
    } else {
        !evidence.two_pages
            && !evidence.one_source
            && one_work
            && one_moment
            && evidence.company == Company::Same
    };
    if same {
        Verdict::Same
    } else if evidence.one_page || (one_work && evidence.company == Company::Same) {
        Verdict::Related
    } else {
        Verdict::Different
    }
}

fn score(evidence: &Evidence) -> f32 {
    let page = if evidence.one_page { 0.3 } else { 0.0 };
    let company = match evidence.company {
        Company::Same => 0.15,
        Company::Similar => 0.1,
        Company::Unknown | Company::Different => 0.0,
    };
    let places = match evidence.places {
        Places::Same => 0.1,
        Places::Compatible => 0.05,
        Places::Different => 0.0,
    };
    let time = match evidence.apart {
        Some(apart) if apart.is_zero() => 0.1,
        Some(_) if evidence.one_day => 0.05,
        _ => 0.0,
    };
    page + company + 0.2 * evidence.title + places + 0.15 * evidence.text.unwrap_or_default() + time
}

fn reasons(evidence: &Evidence) -> Vec<Reason> {
    let page = match (evidence.one_page, evidence.two_pages) {
        (true, _) => Some(Reason::SamePage),
        (_, true) => Some(Reason::DifferentPages),
        _ => None,
    };
    let company = match evidence.company {
        Company::Same => Some(Reason::SameCompany),
        Company::Similar => Some(Reason::SimilarCompany),
        Company::Different => Some(Reason::DifferentCompanies),
        Company::Unknown => None,
    };
    let title = match evidence {
        Evidence { title_conflict: true, .. } => Reason::ConflictingTitles,
        Evidence { one_title: true, .. } => Reason::SameTitle,
        evidence => Reason::SimilarTitle(evidence.title),
    };
    let places = match evidence.places {
        Places::Same => Reason::SamePlaces,
        Places::Compatible => Reason::CompatiblePlaces,
        Places::Different => Reason::DifferentPlaces,
    };
    let time = evidence.apart.map(|apart| Reason::PublishedApart(apart.as_secs() / 3_600));
    let text = evidence.text.map(Reason::Text);
    [page, company, Some(title), Some(places), text, time].into_iter().flatten().collect()
}
