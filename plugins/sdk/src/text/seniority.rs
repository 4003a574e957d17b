//! The seniority that a headline plainly asks for.

use super::words;
use crate::wire::ExperienceLevel;

const ENTRY: [&str; 11] = [
    "junior",
    "trainee",
    "graduate",
    "entry",
    "nyexaminerad",
    "nyutexaminerad",
    "lärling",
    "apprentice",
    "débutant",
    "praktikant",
    "intern",
];
const SENIOR: [&str; 6] = ["senior", "sr", "erfaren", "principal", "expérimenté", "lead"];
const EXECUTIVE: [&str; 7] = ["vd", "ceo", "cto", "cfo", "coo", "vicevd", "generaldirektör"];

/// The level in the headline; nothing when it names none or several.
pub fn read(title: &str) -> Option<ExperienceLevel> {
    let words: Vec<String> = words(title).collect();
    let names = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // "PA till VD" and "Assistant to the CEO" do not lead the organization.
    let executive = words.first().is_some_and(|first| EXECUTIVE.contains(&first.as_str()));
    match (executive, names(&SENIOR), names(&ENTRY)) {
        (true, _, _) => Some(ExperienceLevel::Executive),
        (false, true, false) => Some(ExperienceLevel::Senior),
        (false, false, true) => Some(ExperienceLevel::Entry),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_headline_tells_the_level() {
        assert_eq!(read("Senior utvecklare"), Some(ExperienceLevel::Senior));
        assert_eq!(read("Junior Data Analyst"), Some(ExperienceLevel::Entry));
        assert_eq!(read("VD till industriföretag"), Some(ExperienceLevel::Executive));
        for title in
            ["Assistent till VD", "Junior till senior utvecklare", "Utvecklare", "Internationell säljare"]
        {
            assert_eq!(read(title), None, "{title}");
        }
    }
}
