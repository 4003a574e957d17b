//! What of a posting goes into the index.

use metier_core::Timestamp;
use tantivy::TantivyDocument;

use super::facet::Facet;
use super::schema::Fields;
use crate::domain::posting::{Posting, PostingId};

/// The most of a text that is searched.
const TEXT_BYTES: usize = 100_000;

/// Stands in a facet's column for none; never shown.
pub(super) const NO_VALUE: &str = "";

/// A posting as it is searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The posting.
    pub id: PostingId,
    /// Title.
    pub title: String,
    /// Employer.
    pub company: Option<String>,
    /// The ad's text.
    pub description: String,
    /// Whatever else should find it: places, skills, occupation.
    pub about: Vec<String>,
    /// Values of each facet, in the order of [`Facet::ALL`].
    pub facets: [Vec<String>; Facet::ALL.len()],
    /// What "newest" goes by.
    pub published_at: Timestamp,
}

impl Document {
    /// The document of a posting shown by `sources` and first seen at `first_seen`, which stands in for a
    /// publication date that no source gives.
    pub fn of(id: PostingId, posting: &Posting, sources: Vec<String>, first_seen: Timestamp) -> Self {
        let country = posting.country.map(|country| country.code().to_owned());
        let employment = posting.employment_type.map(|kind| kind.as_str().to_owned());
        Self {
            id,
            title: posting.title.clone(),
            company: posting.company.clone(),
            description: posting.description.clone(),
            about: about(posting),
            facets: [
                sources,
                country.into_iter().collect(),
                posting.region.clone().into_iter().collect(),
                employment.into_iter().collect(),
                vec![posting.remote.as_str().to_owned()],
            ],
            published_at: posting.published_at.unwrap_or(first_seen),
        }
    }

    pub(super) fn into_tantivy(self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let (high, low) = self.id.uuid().as_u64_pair();
        document.add_text(fields.id, self.id.uuid().simple().to_string());
        document.add_u64(fields.id_high, high);
        document.add_u64(fields.id_low, low);
        document.add_i64(fields.published_at, self.published_at.micros());
        document.add_text(fields.title, &self.title);
        document.add_text(fields.title_stems, &self.title);
        document.add_text(fields.company, self.company.as_deref().unwrap_or_default());
        let description = cut(&self.description);
        document.add_text(fields.description, description);
        let company = self.company.iter().map(String::as_str);
        let searched = [self.title.as_str(), description].into_iter().chain(company);
        for text in searched.chain(self.about.iter().map(String::as_str)) {
            document.add_text(fields.all, text);
            document.add_text(fields.stems, text);
        }
        for (field, values) in fields.facets.iter().zip(&self.facets) {
            // A value for each document keeps the column dense, which is several times faster to count.
            if values.is_empty() {
                document.add_text(*field, NO_VALUE);
            }
            for value in values {
                document.add_text(*field, value);
            }
        }
        document
    }
}

fn about(posting: &Posting) -> Vec<String> {
    let mut about = posting.locations.clone();
    about.extend(posting.municipality.clone());
    about.extend(posting.region.clone());
    about.extend(posting.must_have.iter().cloned());
    about.extend(posting.nice_to_have.iter().cloned());
    about.extend(posting.requirements.iter().cloned());
    let occupation =
        |name: &str| posting.fields.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    about.extend(["occupation", "occupation_group", "occupation_field"].into_iter().filter_map(occupation));
    about
}

/// The text up to the limit, cut between characters.
fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_BYTES);
    &text[..end]
}
