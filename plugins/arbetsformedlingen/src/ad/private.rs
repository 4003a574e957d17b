//! People taken out of an ad: contact persons, mail addresses, telephone numbers, personal organization numbers.

use metier_plugin_sdk::text::Masker;
use serde_json::Value;

use super::string;

/// Free texts in which people write how to reach them.
const FREE_TEXTS: [&str; 11] = [
    "/headline",
    "/description/text",
    "/description/text_formatted",
    "/description/company_information",
    "/description/needs",
    "/description/requirements",
    "/description/conditions",
    "/salary_description",
    "/access",
    "/application_details",
    "/employer/workplace",
];

/// A masker that knows the names of the ad's contact persons.
pub(super) fn masker(ad: &Value) -> Masker {
    let contacts = ad["application_contacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    Masker::new(contacts.iter().filter_map(|contact| string(contact, "/name")))
}

/// The ad without people.
pub(super) fn without_people(ad: &Value, masker: &Masker) -> Value {
    let mut ad = ad.clone();
    let personal_number = string(&ad, "/employer/organization_number").is_some_and(is_personal);
    if let Some(ad) = ad.as_object_mut() {
        ad.remove("application_contacts");
    }
    remove(&mut ad, "/application_details", "email");
    remove(&mut ad, "/employer", "email");
    remove(&mut ad, "/employer", "phone_number");
    if personal_number {
        remove(&mut ad, "/employer", "organization_number");
    }
    for pointer in FREE_TEXTS {
        if let Some(text) = ad.pointer_mut(pointer) {
            masker.value(text);
        }
    }
    ad
}

fn remove(ad: &mut Value, object: &str, key: &str) {
    if let Some(object) = ad.pointer_mut(object).and_then(Value::as_object_mut) {
        object.remove(key);
    }
}

/// A sole trader's organization number is a personal identity number: its third digit is 0 or 1.
pub(super) fn is_personal(number: &str) -> bool {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.len() == 12 { &digits[2..] } else { &digits[..] };
    digits.len() == 10 && digits[2] < '2'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_left_of_the_people_in_an_ad() {
        let ad = json!({
            "headline": "Kock", "employer": {"name": "Krogen", "email": "a@b.example", "phone_number": "08-123 456 78",
            "organization_number": "8001011234"},
            "application_contacts": [{"name": "Eva Exempel", "email": "e@b.example", "telephone": "0701234567"}],
            "application_details": {"email": "a@b.example", "reference": "Eva Exempel", "information": "Ring 070-123 45 67"},
            "description": {"text": "Fråga Eva Exempel på eva@b.example."},
        });
        let kept = without_people(&ad, &masker(&ad));
        assert_eq!(
            kept,
            json!({
                "headline": "Kock", "employer": {"name": "Krogen"},
                "application_details": {"reference": "[name]", "information": "Ring [telephone]"},
                "description": {"text": "Fråga [name] på [mail]."},
            })
        );
    }

    #[test]
    fn a_personal_number_is_told_from_a_companys() {
        assert!(is_personal("8001011234") && is_personal("19800101-1234"));
        assert!(!is_personal("2321000032") && !is_personal("5569255788") && !is_personal(""));
    }
}
