//! One ad of the API turned into a posting.

use metier_plugin_sdk::{
    text::{self, Masker},
    wire::{Description, EmploymentType, Location, Posting, Salary, SalaryPeriod, limits},
};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use crate::Country;

/// Reads an ad of this country; the error says why it is no posting.
pub fn read(ad: &Value, country: Country) -> Result<Posting, String> {
    let id = id(ad).ok_or("it has no id")?;
    let title = line(ad, "/title").ok_or("it has no title")?;
    let description = string(ad, "/description")
        .map(|html| text::paragraphs(&text::without_markup(html)))
        .filter(|text| !text.is_empty());
    let plain = description.clone().unwrap_or_default();
    Ok(Posting {
        url: string(ad, "/redirect_url").and_then(without_session),
        company: line(ad, "/company/display_name"),
        location: location(ad, country),
        employment_type: employment_type(ad),
        experience_level: text::seniority(&title),
        remote: text::remote(&title, &plain),
        salary: salary(ad, country),
        published_at: created(ad),
        language: text::language(&plain).map(str::to_owned),
        fields: fields(ad, &plain),
        raw: Some(raw(ad)),
        description: description.map(Description::text),
        ..Posting::new(id, title)
    })
}

/// The ad's id.
pub(crate) fn id(ad: &Value) -> Option<String> {
    match &ad["id"] {
        Value::String(id) => Some(id.trim().to_owned()).filter(|id| !id.is_empty()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// When the ad was made.
pub(crate) fn created(ad: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(ad["created"].as_str()?, &Rfc3339).ok()
}

/// The address without the session's token, which differs at every request.
fn without_session(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "se")
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    Some(url.to_string())
}

/// `area` goes from the country down; its last name is the finest.
fn location(ad: &Value, country: Country) -> Option<Location> {
    let area = ad.pointer("/location/area").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<String> =
        area.iter().filter_map(|name| text::one_line(name.as_str()?, limits::MAX_LINE_CHARS)).collect();
    Some(Location {
        country: Some(country.iso().to_owned()),
        region: names.get(1).cloned(),
        municipality: names.get(2..).and_then(<[String]>::last).cloned(),
        text: line(ad, "/location/display_name"),
    })
}

/// A limited contract first, then the hours.
fn employment_type(ad: &Value) -> Option<EmploymentType> {
    match (string(ad, "/contract_type"), string(ad, "/contract_time")) {
        (Some("contract"), _) => Some(EmploymentType::Contract),
        (_, Some("full_time")) => Some(EmploymentType::FullTime),
        (_, Some("part_time")) => Some(EmploymentType::PartTime),
        _ => None,
    }
}

fn salary(ad: &Value, country: Country) -> Option<Salary> {
    let (min, max) = (minor_units(&ad["salary_min"]), minor_units(&ad["salary_max"]));
    let ordered = min.zip(max).is_none_or(|(min, max)| min <= max);
    let least = min.into_iter().chain(max).min().filter(|_| ordered)?;
    Some(Salary {
        min,
        max,
        currency: Some(country.currency().to_owned()),
        period: (least >= country.least_yearly() * 100).then_some(SalaryPeriod::Year),
        estimated: matches!(&ad["salary_is_predicted"], Value::String(one) if one == "1")
            || ad["salary_is_predicted"] == 1,
        text: None,
    })
}

/// All of Adzuna's currencies have hundredths.
fn minor_units(amount: &Value) -> Option<i64> {
    let amount = (amount.as_f64()? * 100.0).round();
    // Beyond this a float no longer counts single units, and no pay is.
    (amount > 0.0 && amount < 1e14).then_some(amount as i64)
}

fn fields(ad: &Value, description: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    let texts = [
        ("contract_type", "/contract_type"),
        ("contract_time", "/contract_time"),
        ("category", "/category/label"),
        ("category_tag", "/category/tag"),
    ];
    for (name, pointer) in texts {
        if let Some(text) = line(ad, pointer).filter(|text| !text.eq_ignore_ascii_case("unknown")) {
            fields.insert(name.to_owned(), text.into());
        }
    }
    if let Some(area) = ad.pointer("/location/area").filter(|area| area.is_array()) {
        fields.insert("location_area".to_owned(), area.clone());
    }
    if let (Some(longitude), Some(latitude)) = (ad["longitude"].as_f64(), ad["latitude"].as_f64()) {
        fields.insert("coordinates".to_owned(), json!({"longitude": longitude, "latitude": latitude}));
    }
    if description.ends_with('…') || description.ends_with("...") {
        fields.insert("description_is_excerpt".to_owned(), true.into());
    }
    fields
}

/// The ad as it came, but for what differs at every request, and for people.
fn raw(ad: &Value) -> Value {
    let mut raw = ad.clone();
    if let Some(object) = raw.as_object_mut() {
        object.remove("adref");
        if let Some(address) = string(ad, "/redirect_url").and_then(without_session) {
            object.insert("redirect_url".to_owned(), address.into());
        }
    }
    for pointer in ["/title", "/description"] {
        if let Some(text) = raw.pointer_mut(pointer) {
            Masker::default().value(text);
        }
    }
    raw
}

fn line(ad: &Value, pointer: &str) -> Option<String> {
    text::one_line(&text::without_markup(string(ad, pointer)?), limits::MAX_LINE_CHARS)
}

fn string<'a>(ad: &'a Value, pointer: &str) -> Option<&'a str> {
    ad.pointer(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn ad() -> Value {
        json!({
            "id": "1573317029", "title": "<strong>Java</strong> D&eacute;veloppeur", "created": "2020-06-14T16:42:03Z",
            "redirect_url": "https://www.adzuna.co.uk/land/ad/1?se=ABC&utm_medium=api&v=7FBE",
            "description": "Utilising Core <strong>Java</strong>, on low latency ...", "adref": "secret",
            "location": {"area": ["UK", "London", "Central London", "Fleet Street"], "display_name": "Fleet Street, Central London"},
            "salary_min": 50474.12, "salary_max": 50474.12, "salary_is_predicted": "1", "contract_time": "full_time",
            "category": {"label": "IT Jobs", "tag": "it-jobs"}, "company": {"__CLASS__": "x"},
        })
    }

    fn country(code: &str) -> Country {
        code.parse().unwrap()
    }

    #[test]
    fn an_ad_becomes_a_posting_in_full() {
        let posting = read(&ad(), country("gb")).unwrap();
        assert_eq!(posting.violations(), []);
        assert_eq!(posting.title, "Java Développeur");
        assert_eq!(posting.company, None);
        assert_eq!(posting.url.as_deref(), Some("https://www.adzuna.co.uk/land/ad/1?utm_medium=api&v=7FBE"));
        assert_eq!(
            (posting.published_at, posting.expires_at),
            (Some(datetime!(2020-06-14 16:42:03 UTC)), None)
        );
        let place = posting.location.unwrap();
        assert_eq!((place.country.as_deref(), place.region.as_deref()), (Some("GB"), Some("London")));
        assert_eq!(place.municipality.as_deref(), Some("Fleet Street"));
        assert_eq!(posting.fields["description_is_excerpt"], true);
        assert!(posting.raw.unwrap().get("adref").is_none());
    }

    #[test]
    fn pay_is_in_the_countrys_currency_and_by_the_year_only_when_that_is_plausible() {
        let salary = salary(&ad(), country("gb")).unwrap();
        assert_eq!(
            (salary.min, salary.currency.as_deref(), salary.estimated),
            (Some(5_047_412), Some("GBP"), true)
        );
        assert_eq!(salary.period, Some(SalaryPeriod::Year));
        let hourly = super::salary(&json!({"salary_min": 12, "salary_max": 15}), country("fr")).unwrap();
        assert_eq!((hourly.max, hourly.currency.as_deref(), hourly.period), (Some(1_500), Some("EUR"), None));
        assert_eq!(super::salary(&json!({"salary_min": 5, "salary_max": 4}), country("pl")), None);
        assert_eq!(super::salary(&json!({}), country("pl")), None);
    }

    #[test]
    fn an_ad_without_id_or_title_is_refused_with_the_reason() {
        assert_eq!(read(&json!({"title": "x"}), country("us")), Err("it has no id".to_owned()));
        assert_eq!(
            read(&json!({"id": "1", "title": "<b></b>"}), country("us")),
            Err("it has no title".to_owned())
        );
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z0-9@ .:/?&;<>-]{0,16}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_an_ad_holds_it_is_a_good_posting_or_refused(
            key in prop::sample::select(vec!["id", "title", "description", "location", "company", "salary_min", "salary_max",
                "created", "redirect_url", "category", "contract_time"]),
            value in anything(),
        ) {
            let mut ad = ad();
            ad[key] = value;
            if let Ok(posting) = read(&ad, country("gb")) {
                prop_assert_eq!(posting.violations(), []);
            }
        }

        #[test]
        fn anything_without_a_title_is_no_posting(value in anything()) {
            prop_assert!(read(&value, country("gb")).is_err());
        }
    }
}
