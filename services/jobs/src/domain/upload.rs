//! Names of uploads: the one we give, and the one a file came with.

use metier_core::Timestamp;

/// Most characters that are kept of the name a file came with.
const MAX_NAME: usize = 200;
/// What we take by the name of the file.
const EXTENSION: &str = ".json";
/// What we take by what the client says of the content.
const MEDIA_TYPE: &str = "application/json";

/// The name an upload gets, in the form that Jobber's clients know. Nothing of it comes from outside.
pub fn given_name(at: Timestamp, random: u32) -> String {
    format!("file-{}-{random}{EXTENSION}", at.micros() / 1_000)
}

/// The last part of the name a file came with, for people to recognize. It never names a place.
pub fn original_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect();
    let plain = plain.trim();
    if plain.is_empty() { format!("upload{EXTENSION}") } else { plain.to_owned() }
}

/// Whether a file says of itself that it is JSON, by its name or by its media type.
pub fn claims_json(name: &str, media_type: Option<&str>) -> bool {
    let by_type = media_type.is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(MEDIA_TYPE)
    });
    by_type || name.to_ascii_lowercase().ends_with(EXTENSION)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_given_name_has_jobbers_form() {
        assert_eq!(given_name(Timestamp::from_seconds(1_800_000_000), 7), "file-1800000000000-7.json");
    }

    #[test]
    fn a_path_is_cut_to_its_last_part() {
        assert_eq!(original_name("../../etc/passwd"), "passwd");
        assert_eq!(original_name("C:\\data\\products.json"), "products.json");
        assert_eq!(original_name("../"), "upload.json");
    }

    #[test]
    fn json_is_known_by_its_name_or_its_type() {
        assert!(claims_json("a.JSON", None) && claims_json("a", Some("application/json; charset=utf-8")));
        assert!(!claims_json("a.xml", Some("application/octet-stream")) && !claims_json("json", None));
    }

    proptest! {
        #[test]
        fn no_name_leads_anywhere(text in "\\PC{0,300}") {
            let name = original_name(&text);
            prop_assert!(!name.contains(['/', '\\']) && (1..=MAX_NAME).contains(&name.chars().count()));
        }
    }
}
