//! Where the work is.

use metier_plugin_sdk::{text, wire::Location};
use serde_json::Value;

use super::string;

/// The place, as far as the ad tells.
pub(super) fn read(ad: &Value) -> Option<Location> {
    let line = |field: &str| {
        string(ad, &format!("/workplace_address/{field}")).and_then(|it| text::one_line(it, 200))
    };
    let (region, name) = (line("region"), line("country"));
    let municipality = line("municipality").or_else(|| line("city").map(|city| capitalized(&city)));
    let country = match &name {
        Some(name) => country_code(name),
        // Only Swedish ads name a county.
        None => region.is_some().then_some("SE"),
    };
    let abroad = name.filter(|_| country != Some("SE") || (municipality.is_none() && region.is_none()));
    let parts: Vec<&str> =
        [&municipality, &region, &abroad].into_iter().flatten().map(String::as_str).collect();
    let text = (!parts.is_empty()).then(|| parts.join(", "));
    text.is_some().then(|| Location { country: country.map(str::to_owned), region, municipality, text })
}

/// "KIRUNA" and "kiruna" are Kiruna.
fn capitalized(city: &str) -> String {
    if city.chars().any(char::is_lowercase) && city.chars().any(char::is_uppercase) {
        return city.to_owned();
    }
    let mut word_begins = true;
    let letter = |letter: char| {
        let written =
            if word_begins { letter.to_uppercase().to_string() } else { letter.to_lowercase().to_string() };
        word_begins = !letter.is_alphanumeric();
        written
    };
    city.chars().map(letter).collect()
}

/// The ISO code of a country by its Swedish name; nothing for a name not in the list.
fn country_code(name: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

const COUNTRIES: [(&str, &str); 62] = [
    ("Sverige", "SE"),
    ("Norge", "NO"),
    ("Danmark", "DK"),
    ("Finland", "FI"),
    ("Island", "IS"),
    ("Tyskland", "DE"),
    ("Frankrike", "FR"),
    ("Spanien", "ES"),
    ("Portugal", "PT"),
    ("Italien", "IT"),
    ("Grekland", "GR"),
    ("Cypern", "CY"),
    ("Malta", "MT"),
    ("Österrike", "AT"),
    ("Schweiz", "CH"),
    ("Liechtenstein", "LI"),
    ("Belgien", "BE"),
    ("Nederländerna", "NL"),
    ("Luxemburg", "LU"),
    ("Irland", "IE"),
    ("Storbritannien och Nordirland", "GB"),
    ("Storbritannien", "GB"),
    ("Polen", "PL"),
    ("Tjeckien", "CZ"),
    ("Tjeckiska republiken", "CZ"),
    ("Slovakien", "SK"),
    ("Slovenien", "SI"),
    ("Ungern", "HU"),
    ("Rumänien", "RO"),
    ("Bulgarien", "BG"),
    ("Kroatien", "HR"),
    ("Serbien", "RS"),
    ("Bosnien och Hercegovina", "BA"),
    ("Estland", "EE"),
    ("Lettland", "LV"),
    ("Litauen", "LT"),
    ("Ukraina", "UA"),
    ("Turkiet", "TR"),
    ("USA", "US"),
    ("Kanada", "CA"),
    ("Mexiko", "MX"),
    ("Brasilien", "BR"),
    ("Australien", "AU"),
    ("Nya Zeeland", "NZ"),
    ("Kina", "CN"),
    ("Japan", "JP"),
    ("Indien", "IN"),
    ("Thailand", "TH"),
    ("Singapore", "SG"),
    ("Förenade Arabemiraten", "AE"),
    ("Israel", "IL"),
    ("Egypten", "EG"),
    ("Sydafrika", "ZA"),
    ("Kenya", "KE"),
    ("Tanzania", "TZ"),
    ("Grönland", "GL"),
    ("Färöarna", "FO"),
    ("Åland", "AX"),
    ("Monaco", "MC"),
    ("Andorra", "AD"),
    ("Svalbard och Jan Mayen", "SJ"),
    ("Filippinerna", "PH"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(address: Value) -> Option<Location> {
        read(&json!({"workplace_address": address}))
    }

    #[test]
    fn a_swedish_place_is_told_without_its_country() {
        let place = place(
            json!({"municipality": "Katrineholm", "region": "Södermanlands län", "country": "Sverige"}),
        )
        .unwrap();
        assert_eq!(place.country.as_deref(), Some("SE"));
        assert_eq!(place.text.as_deref(), Some("Katrineholm, Södermanlands län"));
    }

    #[test]
    fn a_place_abroad_is_told_with_it_and_a_city_stands_in_for_the_municipality() {
        let place = place(json!({"municipality": null, "city": "OSLO", "country": "Norge"})).unwrap();
        assert_eq!((place.country.as_deref(), place.text.as_deref()), (Some("NO"), Some("Oslo, Norge")));
    }

    #[test]
    fn what_is_not_said_stays_unknown() {
        assert_eq!(place(json!(null)), None);
        assert_eq!(place(json!({"municipality": " ", "coordinates": [null, null]})), None);
        let only_country = place(json!({"country": "Sverige"})).unwrap();
        assert_eq!(only_country.text.as_deref(), Some("Sverige"));
        let strange = place(json!({"country": "Atlantis"})).unwrap();
        assert_eq!((strange.country, strange.text.as_deref()), (None, Some("Atlantis")));
    }
}
