//! The form of employment and the seniority.

use metier_plugin_sdk::{
    text,
    wire::{EmploymentType, ExperienceLevel},
};
use serde_json::Value;

use super::string;

/// Forms of employment for a limited time, as the taxonomy labels them.
const TEMPORARY: [&str; 7] =
    ["behovsanställning", "sommarjobb", "feriejobb", "säsong", "vikariat", "tidsbegränsad", "extrajobb"];
/// Durations of under half a year.
const SHORT: [&str; 3] = ["max 10 dagar", "11 dagar", "3 - 6 månader"];

/// The form of employment: what limits it in time first, then the hours.
pub(super) fn kind(ad: &Value) -> Option<EmploymentType> {
    let label =
        |field: &str| string(ad, &format!("/{field}/label")).map(str::to_lowercase).unwrap_or_default();
    let (form, duration, hours) = (label("employment_type"), label("duration"), label("working_hours_type"));
    let duration = duration.replace('–', "-").replace("upp till ", "");
    let duration = duration.replace("3 månader - 6", "3 - 6");
    if form.contains("praktik") || form.contains("trainee") {
        return Some(EmploymentType::Internship);
    }
    if TEMPORARY.iter().any(|word| form.contains(word))
        || SHORT.iter().any(|short| duration.starts_with(short))
    {
        return Some(EmploymentType::Temporary);
    }
    match hours.as_str() {
        "heltid" => Some(EmploymentType::FullTime),
        "deltid" => Some(EmploymentType::PartTime),
        // "Heltid/Deltid" leaves it open.
        "" => by_scope(ad),
        _ => None,
    }
}

fn by_scope(ad: &Value) -> Option<EmploymentType> {
    let percent = |bound: &str| ad.pointer(&format!("/scope_of_work/{bound}")).and_then(Value::as_u64);
    match (percent("min")?, percent("max")?) {
        (100, _) => Some(EmploymentType::FullTime),
        (_, most) if most > 0 && most < 100 => Some(EmploymentType::PartTime),
        _ => None,
    }
}

/// The seniority the headline names; else entry level when the ad asks for no experience.
pub(super) fn level(ad: &Value, title: &str) -> Option<ExperienceLevel> {
    text::seniority(title).or_else(|| (ad["experience_required"] == false).then_some(ExperienceLevel::Entry))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind_of(form: &str, duration: &str, hours: &str) -> Option<EmploymentType> {
        kind(&json!({
            "employment_type": {"label": form}, "duration": {"label": duration}, "working_hours_type": {"label": hours},
        }))
    }

    #[test]
    fn what_is_limited_in_time_is_temporary_whatever_its_hours() {
        for (form, duration) in [
            ("Behovsanställning", ""),
            ("Sommarjobb / feriejobb", "Tills vidare"),
            ("Vanlig anställning", "11 dagar - upp till 3 månader"),
            ("Vanlig anställning", "3 månader – upp till 6 månader"),
        ] {
            assert_eq!(
                kind_of(form, duration, "Heltid"),
                Some(EmploymentType::Temporary),
                "{form} {duration}"
            );
        }
    }

    #[test]
    fn lasting_employment_goes_by_its_hours() {
        let usual = "Vanlig anställning";
        assert_eq!(kind_of(usual, "Tills vidare", "Heltid"), Some(EmploymentType::FullTime));
        assert_eq!(kind_of(usual, "6 månader eller längre", "Deltid"), Some(EmploymentType::PartTime));
        assert_eq!(kind_of(usual, "Tills vidare", "Heltid/Deltid"), None);
        let scope = json!({"scope_of_work": {"min": 50, "max": 75}});
        assert_eq!(kind(&scope), Some(EmploymentType::PartTime));
        assert_eq!(kind(&json!({})), None);
    }

    #[test]
    fn no_experience_needed_is_entry_level_unless_the_headline_says_else() {
        let ad = json!({"experience_required": false});
        assert_eq!(level(&ad, "Städare"), Some(ExperienceLevel::Entry));
        assert_eq!(level(&ad, "Senior städare"), Some(ExperienceLevel::Senior));
        assert_eq!(level(&json!({"experience_required": true}), "Städare"), None);
    }
}
