//! A posting as a `JobPost`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    domain::posting::{EmploymentType, ExperienceLevel, Remote, Salary},
    ops::manual::Shown,
};

/// OpenJobs' `JobPost`. What the posting does not tell is empty or `null`, never guessed.
#[derive(Serialize)]
pub struct JobPost {
    id: String,
    title: String,
    company: String,
    description: String,
    location: String,
    salary: String,
    salary_min: Option<i64>,
    salary_max: Option<i64>,
    salary_currency: Option<String>,
    is_remote: bool,
    url: Option<String>,
    employment_type: &'static str,
    experience_level: &'static str,
    posted_date: Option<String>,
    expires_date: Option<String>,
    requirements: Vec<String>,
    benefits: Vec<String>,
    fields: Map<String, Value>,
}

impl From<Shown> for JobPost {
    fn from(Shown { posting: view, manual_id }: Shown) -> Self {
        let content = view.content;
        let mut fields = content.fields.clone();
        fields.insert("source".to_owned(), json!(view.sources.first()));
        fields.insert("sources".to_owned(), json!(view.sources));
        fields.insert("posting_id".to_owned(), json!(view.id.to_string()));
        fields.insert("state".to_owned(), json!(view.state));
        let told = [
            ("source_url", json!(content.url)),
            ("country", json!(content.country)),
            ("region", json!(content.region)),
            ("municipality", json!(content.municipality)),
            ("language", json!(content.language)),
            ("must_have_skills", json!(content.must_have)),
            ("nice_to_have_skills", json!(content.nice_to_have)),
            ("demo", if view.demo { json!(true) } else { Value::Null }),
        ];
        let known = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
        fields.extend(told.into_iter().filter(|(_, it)| known(it)).map(|(name, it)| (name.to_owned(), it)));
        let units = |pick: fn(&Salary) -> Option<i64>| content.salary.as_ref().and_then(pick);
        Self {
            id: manual_id.unwrap_or_else(|| view.id.to_string()),
            location: content.location(),
            salary_min: units(|salary| salary.minimum).map(|minor| minor / 100),
            salary_max: units(|salary| salary.maximum).map(|minor| minor / 100),
            salary_currency: content.salary.as_ref().and_then(|salary| salary.currency.clone()),
            salary: content.salary_text.unwrap_or_default(),
            title: content.title,
            company: content.company.unwrap_or_default(),
            description: content.description,
            is_remote: content.remote == Remote::Yes,
            url: content.url,
            employment_type: content.employment_type.map_or("", employment),
            experience_level: content.experience_level.map_or("", experience),
            posted_date: content.published_at.map(|moment| moment.to_string()),
            expires_date: content.expires_at.map(|moment| moment.to_string()),
            requirements: content.requirements,
            benefits: content.benefits,
            fields,
        }
    }
}

fn employment(of: EmploymentType) -> &'static str {
    match of {
        EmploymentType::FullTime => "Full-time",
        EmploymentType::PartTime => "Part-time",
        EmploymentType::Contract => "Contract",
        EmploymentType::Internship => "Internship",
        EmploymentType::Temporary => "Temporary",
    }
}

fn experience(of: ExperienceLevel) -> &'static str {
    match of {
        ExperienceLevel::Entry => "Entry-level",
        ExperienceLevel::Mid => "Mid-level",
        ExperienceLevel::Senior => "Senior",
        ExperienceLevel::Executive => "Executive",
    }
}
