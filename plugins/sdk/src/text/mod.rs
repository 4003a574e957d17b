//! Careful reading of titles and descriptions: only what the words plainly say, else nothing.

mod language;
mod plain;
mod private;
mod remote;
mod seniority;

pub use language::detect as language;
pub use plain::{one_line, paragraphs, without_markup};
pub use private::Masker;
pub use remote::read as remote;
pub use seniority::read as seniority;

/// The words of a text in lower case, letters and digits only.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The words joined by single spaces, with one at each end, so that a phrase is found as whole words.
fn padded(text: &str) -> String {
    let mut padded = String::from(" ");
    for word in words(text) {
        padded.push_str(&word);
        padded.push(' ');
    }
    padded
}
