//! One key for the many ways an employer's name is written.

use super::fold;

/// Words that name a legal form, not the employer, in the countries our sources cover.
const LEGAL: [&str; 49] = [
    "ab",
    "publ",
    "aktiebolag",
    "hb",
    "kb",
    "handelsbolag",
    "ekonomisk",
    "forening",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "ev",
    "se",
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "llc",
    "llp",
    "lp",
    "plc",
    "corp",
    "corporation",
    "co",
    "company",
    "sa",
    "sas",
    "sasu",
    "sarl",
    "bv",
    "nv",
    "oy",
    "oyj",
    "as",
    "asa",
    "aps",
    "spa",
    "srl",
    "sl",
    "slu",
    "spzoo",
    "kft",
    "sro",
    "lda",
    "pte",
];

/// Folded, without legal forms, so that "Spotify AB (publ)" and "spotify" share a key. A name that is nothing
/// but such words is kept whole; an empty name gives an empty key.
pub fn company_key(name: &str) -> String {
    let joined = join_initials(&fold(name)).replace(" sp z oo", " spzoo").replace(" sp zoo", " spzoo");
    let words: Vec<&str> = joined.split(' ').filter(|word| !word.is_empty()).collect();
    let mut kept = words.as_slice();
    while let [first @ .., last] = kept {
        if first.is_empty() || !(LEGAL.contains(last) || *last == "and") {
            break;
        }
        kept = first;
    }
    while let [first, rest @ ..] = kept
        && !rest.is_empty()
        && matches!(*first, "the" | "ab")
    {
        kept = rest;
    }
    kept.join(" ")
}

/// "D. E. Shaw", "S.A." and "Sp. z o.o." are written with and without the points: single letters in a row
/// become one word.
fn join_initials(folded: &str) -> String {
    let mut joined = String::with_capacity(folded.len());
    let mut after_letter = false;
    for word in folded.split(' ') {
        let letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        if !(joined.is_empty() || after_letter && letter) {
            joined.push(' ');
        }
        joined.push_str(word);
        after_letter = letter;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn legal_forms_and_spelling_do_not_matter() {
        for names in [
            ["Spotify AB (publ)", "spotify", "AB Spotify"],
            ["Beckhoff Automation GmbH & Co. KG", "BECKHOFF AUTOMATION", "Beckhoff  Automation GmbH"],
            ["D. E. Shaw", "D.E. Shaw", "DE Shaw"],
            ["Rublon Sp. z o.o.", "Rublon", "RUBLON SP ZOO"],
            ["Région Île-de-France S.A.S.", "region ile de france", "REGION ILE DE FRANCE SAS"],
        ] {
            let keys = names.map(company_key);
            assert!(keys.iter().all(|key| *key == keys[0] && !key.is_empty()), "{keys:?}");
        }
    }

    #[test]
    fn a_name_made_of_legal_words_only_is_kept() {
        assert_eq!(company_key("SAS"), "sas");
        assert_eq!(company_key("Company"), "company");
        assert_eq!(company_key("  "), "");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "(AB |The )?[A-Za-zÅÄÖåäö.& ]{0,24}( AB| GmbH & Co\\. KG| S\\.A\\.)?") {
            let once = company_key(&name);
            prop_assert_eq!(company_key(&once), once);
        }
    }
}
