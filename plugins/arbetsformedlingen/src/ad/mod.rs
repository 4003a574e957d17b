//! One ad of the API turned into a posting.

mod employment;
mod fields;
pub(crate) mod moment;
mod pay;
mod place;
mod private;

use metier_plugin_sdk::{
    text,
    wire::{Description, Occupation, Posting, Skills, limits},
};
use serde_json::Value;
use time::OffsetDateTime;

/// What an ad turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Ad {
    /// An ad on offer.
    OnOffer(Box<Posting>),
    /// An ad that was taken down, of which often only the id is left.
    Removed {
        /// Its id.
        id: String,
        /// When it was taken down.
        at: Option<OffsetDateTime>,
    },
}

/// Reads an ad; the error says why it is no posting.
pub fn read(ad: &Value) -> Result<Ad, String> {
    let id = id(ad).ok_or("it has no id")?;
    if ad["removed"] == true {
        let at = string(ad, "/removed_date").and_then(moment::parse);
        return Ok(Ad::Removed { id, at });
    }
    let title = string(ad, "/headline").and_then(|headline| text::one_line(headline, limits::MAX_LINE_CHARS));
    let title = title.ok_or("it has no headline")?;
    Ok(Ad::OnOffer(Box::new(posting(ad, id, title))))
}

/// The ad's id, which was a number in some years.
pub(crate) fn id(ad: &Value) -> Option<String> {
    match &ad["id"] {
        Value::String(id) => Some(id.trim().to_owned()).filter(|id| !id.is_empty()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn posting(ad: &Value, id: String, title: String) -> Posting {
    let body = body(ad);
    let masker = private::masker(ad);
    let plain = body.as_deref().unwrap_or_default();
    let published_at = string(ad, "/publication_date").and_then(moment::parse);
    Posting {
        url: Some(url(ad, &id)),
        company: company(ad),
        location: place::read(ad),
        employment_type: employment::kind(ad),
        experience_level: employment::level(ad, &title),
        remote: text::remote(&title, plain),
        salary: pay::read(ad, &masker),
        published_at,
        expires_at: expiry(ad, published_at),
        language: text::language(plain).map(str::to_owned),
        occupation: occupation(ad),
        skills: skills(ad),
        fields: fields::read(ad, &masker),
        raw: Some(private::without_people(ad, &masker)),
        description: body.map(Description::text),
        ..Posting::new(id, title)
    }
}

fn url(ad: &Value, id: &str) -> String {
    let given = string(ad, "/webpage_url").filter(|url| url.starts_with("http"));
    given.map_or_else(|| format!("https://arbetsformedlingen.se/platsbanken/annonser/{id}"), str::to_owned)
}

fn company(ad: &Value) -> Option<String> {
    let name = string(ad, "/employer/name").or_else(|| string(ad, "/employer/workplace"))?;
    text::one_line(name, limits::MAX_LINE_CHARS)
}

/// The ad's text; from its parts where the whole is missing.
fn body(ad: &Value) -> Option<String> {
    let plain = string(ad, "/description/text").map(text::paragraphs);
    let formatted = || {
        let html = string(ad, "/description/text_formatted")?;
        Some(text::paragraphs(&text::without_markup(html)))
    };
    let parts = || {
        let parts = ["company_information", "needs", "requirements", "conditions"];
        let parts = parts.iter().filter_map(|part| string(ad, &format!("/description/{part}")));
        Some(parts.map(text::paragraphs).collect::<Vec<_>>().join("\n\n"))
    };
    let told = |text: &String| !text.is_empty();
    plain.filter(told).or_else(|| formatted().filter(told)).or_else(|| parts().filter(told))
}

/// The application deadline, else the last day of publication. A date before the publication says nothing.
fn expiry(ad: &Value, published: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    let dates = ["/application_deadline", "/last_publication_date"];
    let mut dates = dates.iter().filter_map(|date| string(ad, date).and_then(moment::parse));
    dates.find(|date| published.is_none_or(|published| *date >= published))
}

fn occupation(ad: &Value) -> Option<Occupation> {
    Some(Occupation {
        label: text::one_line(string(ad, "/occupation/label")?, limits::MAX_LINE_CHARS)?,
        code: string(ad, "/occupation/concept_id").map(str::to_owned),
        group: string(ad, "/occupation_group/label").map(str::to_owned),
        field: string(ad, "/occupation_field/label").map(str::to_owned),
    })
}

fn skills(ad: &Value) -> Skills {
    let list = |pointer| {
        let lines =
            labels(ad, pointer).into_iter().filter_map(|it| text::one_line(&it, limits::MAX_LINE_CHARS));
        lines.take(limits::MAX_SKILLS).collect()
    };
    Skills { must: list("/must_have/skills"), nice: list("/nice_to_have/skills") }
}

/// A text at this place, trimmed, if there is any.
fn string<'a>(ad: &'a Value, pointer: &str) -> Option<&'a str> {
    ad.pointer(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The labels of the concepts listed at this place.
fn labels(ad: &Value, pointer: &str) -> Vec<String> {
    let list = ad.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|concept| string(concept, "/label")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
