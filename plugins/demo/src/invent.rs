//! Makes posting number N: always the same one, but for its dates.
//!
//! Every list is walked with a stride of its own, so that neighbors differ and no two postings are alike.

use metier_plugin_sdk::wire::{
    Description, EmploymentType, ExperienceLevel, Location, Occupation, Posting, Remote, Salary,
    SalaryPeriod, Skills,
};
use serde_json::{Map, Value};
use time::{Date, Duration, OffsetDateTime, Time};

use crate::words::{COMPANIES, DUTIES_EN, DUTIES_SV, OPENINGS_EN, OPENINGS_SV, TOWNS, Town, WORKS, Work};

/// Days over which the postings are spread.
const SPREAD: usize = 28;

/// Posting number `number`, dated back from `today`.
pub(crate) fn posting(number: usize, today: Date) -> Posting {
    let plan = Plan::of(number);
    let mut posting = Posting::new(format!("{:04}", number + 1), plan.title());
    posting.url = Some(format!("https://demo.example/postings/{}", posting.original_id));
    posting.company = Some(format!("{} (demo)", plan.company));
    posting.description = Some(Description::text(plan.text()));
    posting.location = Some(plan.location());
    posting.employment_type = Some(plan.employment_type());
    posting.experience_level = plan.level;
    posting.remote = plan.remote();
    posting.salary = plan.salary();
    let published = published(number, today);
    posting.published_at = Some(published);
    posting.expires_at = number.is_multiple_of(3).then(|| published + Duration::days(45));
    posting.language = Some(if plan.swedish { "sv" } else { "en" }.to_owned());
    posting.occupation = Some(plan.occupation());
    posting.skills = plan.skills();
    posting.fields = Map::from_iter([("demo".to_owned(), Value::Bool(true))]);
    posting
}

fn published(number: usize, today: Date) -> OffsetDateTime {
    let day = today.saturating_sub(Duration::days((number % SPREAD) as i64 + 1));
    OffsetDateTime::new_utc(day, Time::MIDNIGHT) + Duration::minutes((480 + number % 540) as i64)
}

fn pick<T: Copy>(list: &[T], place: usize) -> T {
    list[place % list.len()]
}

/// What is decided about a posting before it is written.
struct Plan {
    number: usize,
    work: Work,
    town: Town,
    company: &'static str,
    level: Option<ExperienceLevel>,
    swedish: bool,
}

impl Plan {
    fn of(number: usize) -> Self {
        let round = number / WORKS.len();
        let town = pick(TOWNS, number * 7 + round);
        let level = [
            None,
            Some(ExperienceLevel::Senior),
            None,
            Some(ExperienceLevel::Entry),
            Some(ExperienceLevel::Mid),
        ];
        Self {
            number,
            work: pick(WORKS, number),
            town,
            company: pick(COMPANIES, number * 5 + round),
            level: pick(&level, number + round),
            swedish: town.country == "SE" && !(number + 2 * round).is_multiple_of(5),
        }
    }

    fn work_name(&self) -> &'static str {
        if self.swedish { self.work.swedish } else { self.work.english }
    }

    fn title(&self) -> String {
        let name = self.work_name();
        match self.level {
            Some(ExperienceLevel::Senior) => format!("Senior {}", lower_first(name)),
            Some(ExperienceLevel::Entry) => format!("Junior {}", lower_first(name)),
            _ => name.to_owned(),
        }
    }

    fn text(&self) -> String {
        let (openings, duties) =
            if self.swedish { (OPENINGS_SV, DUTIES_SV) } else { (OPENINGS_EN, DUTIES_EN) };
        let opening = pick(openings, self.number / 3);
        let opening = opening
            .replace("{work}", &lower_first(self.work_name()))
            .replace("{town}", self.town.municipality);
        let duties = pick(duties, self.number / 2);
        let (must, nice) = (self.work.must.join(", "), self.work.nice.join(", "));
        if self.swedish {
            let remote = if self.remote() == Remote::Yes { "\n\nDu kan arbeta på distans." } else { "" };
            format!(
                "{opening} {duties}\n\nVi vill att du kan: {must}. Det är bra om du också kan: {nice}.{remote}\n\nDetta är en påhittad annons."
            )
        } else {
            let remote = if self.remote() == Remote::Yes { "\n\nYou can work remotely." } else { "" };
            format!(
                "{opening} {duties}\n\nYou know: {must}. Nice to have: {nice}.{remote}\n\nThis is an invented posting."
            )
        }
    }

    fn location(&self) -> Location {
        let Town { municipality, region, country, country_name } = self.town;
        Location {
            country: Some(country.to_owned()),
            region: Some(region.to_owned()),
            municipality: Some(municipality.to_owned()),
            text: Some(format!("{municipality}, {country_name}")),
        }
    }

    fn employment_type(&self) -> EmploymentType {
        use EmploymentType::{Contract, FullTime, Internship, PartTime, Temporary};
        match self.level {
            Some(ExperienceLevel::Entry) if self.number.is_multiple_of(4) => Internship,
            _ => pick(&[FullTime, FullTime, PartTime, FullTime, Temporary, FullTime, Contract], self.number),
        }
    }

    fn remote(&self) -> Remote {
        match (self.work.portable, self.number % 3) {
            (true, 0) => Remote::Yes,
            (false, 0) => Remote::No,
            _ => Remote::Unknown,
        }
    }

    /// Two postings in three state their pay: by the month in Sweden, by the year elsewhere.
    fn salary(&self) -> Option<Salary> {
        if self.number % 3 == 2 {
            return None;
        }
        let monthly = self.work.wage + (self.number % 7) as i64 * 500;
        let (currency, period, amount) = match self.town.country {
            "SE" => ("SEK", SalaryPeriod::Month, monthly),
            "GB" => ("GBP", SalaryPeriod::Year, monthly * 12 / 13),
            "NO" => ("NOK", SalaryPeriod::Year, monthly * 12),
            "DK" => ("DKK", SalaryPeriod::Month, monthly * 2 / 3),
            _ => ("EUR", SalaryPeriod::Year, monthly * 12 / 11),
        };
        Some(Salary {
            min: Some(amount * 100),
            max: Some(amount * 115),
            currency: Some(currency.to_owned()),
            period: Some(period),
            ..Salary::default()
        })
    }

    fn occupation(&self) -> Occupation {
        let field = Some(self.work.field.to_owned());
        Occupation { label: self.work.swedish.to_owned(), field, ..Occupation::default() }
    }

    fn skills(&self) -> Skills {
        let owned = |list: &[&str]| list.iter().map(|skill| (*skill).to_owned()).collect();
        Skills { must: owned(self.work.must), nice: owned(self.work.nice) }
    }
}

/// "Snickare" inside a sentence; "CNC-operatör" and "HR-specialist" stay as they are.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::macros::date;

    use super::*;
    use crate::POSTINGS;

    fn all() -> Vec<Posting> {
        (0..POSTINGS).map(|number| posting(number, date!(2026 - 03 - 01))).collect()
    }

    #[test]
    fn every_posting_keeps_the_contract_and_none_repeats() {
        let postings = all();
        for posting in &postings {
            assert_eq!(posting.violations(), [], "{}", posting.original_id);
        }
        let ids: BTreeSet<_> = postings.iter().map(|it| &it.original_id).collect();
        let ads: BTreeSet<_> =
            postings.iter().map(|it| (&it.title, &it.company, &it.location.as_ref().unwrap().text)).collect();
        assert_eq!((ids.len(), ads.len()), (POSTINGS, POSTINGS));
    }

    #[test]
    fn every_posting_says_that_it_is_invented() {
        for posting in all() {
            assert!(posting.company.unwrap().ends_with("(demo)"));
            assert_eq!(posting.fields["demo"], true);
            assert!(posting.url.unwrap().starts_with("https://demo.example/"));
        }
    }

    #[test]
    fn there_is_something_to_find_for_every_filter() {
        let postings = all();
        let languages: BTreeSet<_> = postings.iter().filter_map(|it| it.language.clone()).collect();
        assert_eq!(languages, BTreeSet::from(["en".to_owned(), "sv".to_owned()]));
        let count = |wanted: &dyn Fn(&Posting) -> bool| postings.iter().filter(|it| wanted(it)).count();
        assert!(count(&|it| it.remote == Remote::Yes) > 20);
        assert!(count(&|it| it.employment_type == Some(EmploymentType::Internship)) > 5);
        assert!(count(&|it| it.salary.is_some()) > 150);
        assert!(count(&|it| it.location.as_ref().unwrap().country.as_deref() == Some("GB")) > 5);
        assert!(count(&|it| it.language.as_deref() == Some("sv")) > 100);
    }

    #[test]
    fn a_posting_stays_the_same() {
        let posting = posting(50, date!(2026 - 03 - 01));
        assert_eq!(posting.title, "Senior sjuksköterska");
        assert_eq!(posting.description.unwrap().content.lines().last(), Some("Detta är en påhittad annons."));
    }
}
