//! Places of work: splitting what a source wrote into places, and one key for each.

use super::fold;

/// The most places kept of one posting.
const PLACES: usize = 100;

/// Splits free text at marks that separate whole places ("A, Sweden; B / C"), drops "+4 more locations" and
/// repetitions.
pub(super) fn split_places(written: &[String]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for part in
        written.iter().flat_map(|text| text.split([';', '|', '\n'])).flat_map(|text| text.split(" / "))
    {
        let place = without_more(part.trim().trim_end_matches(','));
        if !place.is_empty() && !places.iter().any(|known| known == place) && places.len() < PLACES {
            places.push(place.to_owned());
        }
    }
    places
}

fn without_more(place: &str) -> &str {
    let Some((before, after)) = place.rsplit_once('+') else { return place };
    let counts = after.trim_start().starts_with(|c: char| c.is_ascii_digit()) && after.contains("more");
    if counts { before.trim_end() } else { place }
}

/// The first part of a place, folded: "Göteborg, Västra Götaland" and "Goteborg" share a key.
pub fn place_key(place: &str) -> String {
    let first = place.split(',').find(|part| !part.trim().is_empty()).unwrap_or_default();
    let folded = fold(first);
    match folded.as_str() {
        "nyc" | "new york city" => "new york".to_owned(),
        "sf" => "san francisco".to_owned(),
        _ => folded,
    }
}

/// Whether a place is the words for "anywhere".
pub(super) fn is_anywhere(place: &str) -> bool {
    let key = fold(place);
    let first = key.split(' ').next().unwrap_or_default();
    matches!(first, "remote" | "distans" | "anywhere" | "worldwide" | "hemarbete")
        || matches!(key.as_str(), "work from home" | "var som helst")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_places_in_one_text_are_told_apart() {
        let written = ["Zürich, Switzerland / Oberengstringen; Poznań +4 more locations".to_owned()];
        assert_eq!(split_places(&written), ["Zürich, Switzerland", "Oberengstringen", "Poznań"]);
    }

    #[test]
    fn a_place_is_known_by_its_first_part() {
        assert_eq!(place_key("Göteborg, Västra Götaland"), place_key("GOTEBORG"));
        assert_eq!(place_key("NYC"), place_key("New York, NY"));
    }

    #[test]
    fn remote_is_not_a_town() {
        assert!(is_anywhere("Remote in USA") && is_anywhere("Distans") && !is_anywhere("Stockholm"));
    }
}
