//! What else an ad says, under the names that OpenJobs gave it.

use metier_plugin_sdk::text::{self, Masker};
use serde_json::{Map, Value, json};

use super::{labels, private, string};

/// Our name, and where the ad has it: texts.
const TEXTS: [(&str, &str); 23] = [
    ("country", "/workplace_address/country"),
    ("region", "/workplace_address/region"),
    ("region_code", "/workplace_address/region_code"),
    ("municipality", "/workplace_address/municipality"),
    ("municipality_code", "/workplace_address/municipality_code"),
    ("occupation", "/occupation/label"),
    ("occupation_group", "/occupation_group/label"),
    ("occupation_field", "/occupation_field/label"),
    ("employment_form", "/employment_type/label"),
    ("salary_type", "/salary_type/label"),
    ("duration", "/duration/label"),
    ("working_hours", "/working_hours_type/label"),
    ("conditions", "/description/conditions"),
    ("application_deadline", "/application_deadline"),
    ("last_publication_date", "/last_publication_date"),
    ("application_reference", "/application_details/reference"),
    ("application_url", "/application_details/url"),
    ("employer_workplace", "/employer/workplace"),
    ("employer_organization_number", "/employer/organization_number"),
    ("employer_url", "/employer/url"),
    ("logo_url", "/logo_url"),
    ("external_id", "/external_id"),
    ("source_type", "/source_type"),
];

/// Our name, and where the ad has it: numbers and flags.
const VALUES: [(&str, &str); 6] = [
    ("number_of_vacancies", "/number_of_vacancies"),
    ("scope_of_work_min", "/scope_of_work/min"),
    ("scope_of_work_max", "/scope_of_work/max"),
    ("experience_required", "/experience_required"),
    ("driving_license_required", "/driving_license_required"),
    ("access_to_own_car", "/access_to_own_car"),
];

const NEEDS: [&str; 5] = ["skills", "languages", "work_experiences", "education", "education_level"];

/// The fields, without what is unknown and without people.
pub(super) fn read(ad: &Value, masker: &Masker) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, pointer) in TEXTS {
        let text = string(ad, pointer).and_then(|it| text::one_line(it, 1_000));
        if let Some(text) = text.filter(|text| is_shareable(name, text, masker)) {
            fields.insert(name.to_owned(), text.into());
        }
    }
    for (name, pointer) in VALUES {
        if let Some(value) = ad.pointer(pointer).filter(|it| it.is_number() || it.is_boolean()) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    for need in ["must_have", "nice_to_have"] {
        for what in NEEDS {
            insert_list(&mut fields, &format!("{need}_{what}"), labels(ad, &format!("/{need}/{what}")));
        }
    }
    insert_list(&mut fields, "driving_license_types", labels(ad, "/driving_license"));
    if let Some(coordinates) = coordinates(ad) {
        fields.insert("coordinates".to_owned(), coordinates);
    }
    fields
}

/// An organization number may be a personal one; elsewhere a text must not name or reach anyone.
fn is_shareable(name: &str, text: &str, masker: &Masker) -> bool {
    match name {
        "employer_organization_number" => !private::is_personal(text),
        "application_reference" | "conditions" | "employer_workplace" | "application_url" => {
            !masker.finds_in(text)
        }
        _ => true,
    }
}

fn insert_list(fields: &mut Map<String, Value>, name: &str, list: Vec<String>) {
    if !list.is_empty() {
        fields.insert(name.to_owned(), list.into());
    }
}

/// Longitude and latitude, as the API orders them.
fn coordinates(ad: &Value) -> Option<Value> {
    let pair = ad.pointer("/workplace_address/coordinates")?.as_array()?;
    let [longitude, latitude] = pair.as_slice() else { return None };
    Some(json!({"longitude": longitude.as_f64()?, "latitude": latitude.as_f64()?}))
}
