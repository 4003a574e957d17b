//! The one grammar of every list: `?state=failed,timed_out&kind=fibonacci&sort=-created_at&limit=50&after=...`.
//!
//! A filter is a plain parameter with alternatives between commas; repeating it adds alternatives. `sort` is
//! one field, a minus before it for the other way round. What a list does not offer is refused by name, so a
//! typo never shows as an unfiltered list.

use std::{collections::BTreeMap, marker::PhantomData, str::FromStr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use metier_core::{Fault, PageRequest};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::Problem;

/// Most alternatives of one filter, and most bytes of each.
const ALTERNATIVES: usize = 50;
const VALUE_BYTES: usize = 200;

/// What a list can be asked for.
pub trait List: Send + Sync + 'static {
    /// Names of its filters.
    const FILTERS: &'static [&'static str];
    /// Fields it can be sorted by.
    const SORTS: &'static [&'static str];
    /// How it is sorted when nobody says: `-created_at`. Its field is one of [`List::SORTS`].
    const DEFAULT_SORT: &'static str;
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// One of [`List::SORTS`].
    pub field: &'static str,
    /// Greatest first.
    pub descending: bool,
}

/// What a caller asks of a list.
#[derive(Debug)]
pub struct ListQuery<L> {
    /// Which page.
    pub page: PageRequest,
    /// In which order.
    pub sort: Sort,
    filters: BTreeMap<&'static str, Vec<String>>,
    list: PhantomData<fn() -> L>,
}

impl<L: List> ListQuery<L> {
    /// Reads a query string.
    ///
    /// # Errors
    /// `invalid_parameters` naming the parameter that is unknown, repeated or out of bounds.
    pub fn parse(query: &str) -> Result<Self, Fault> {
        let (mut limit, mut after, mut sort) = (None, None, None);
        let mut filters = BTreeMap::<_, Vec<String>>::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" => once("limit", &mut limit, &value)?,
                "after" => once("after", &mut after, &value)?,
                "sort" => once("sort", &mut sort, &value)?,
                name => add_filter(known(name, L::FILTERS)?, &value, &mut filters)?,
            }
        }
        let limit = limit.map(|text| text.parse().map_err(|_| Fault::invalid("limit", "must be a number")));
        Ok(Self {
            page: PageRequest::parse(limit.transpose()?, after)?,
            sort: order::<L>(sort.as_deref().unwrap_or(L::DEFAULT_SORT))?,
            filters,
            list: PhantomData,
        })
    }

    /// The alternatives of a filter as text; none means that it was not given.
    pub fn texts(&self, filter: &str) -> &[String] {
        self.filters.get(filter).map_or(&[], Vec::as_slice)
    }

    /// The alternatives of a filter as typed values.
    ///
    /// # Errors
    /// `invalid_parameters` naming the filter when a value is not of that type.
    pub fn values<T: FromStr>(&self, filter: &str) -> Result<Vec<T>, Fault> {
        let parse = |text: &String| {
            text.parse().map_err(|_| Fault::invalid(filter, format!("does not know {text:?}")))
        };
        self.texts(filter).iter().map(parse).collect()
    }
}

fn once(name: &str, slot: &mut Option<String>, value: &str) -> Result<(), Fault> {
    match slot.replace(value.to_owned()) {
        None => Ok(()),
        Some(_) => Err(Fault::invalid(name, "is given more than once")),
    }
}

fn known(name: &str, filters: &'static [&'static str]) -> Result<&'static str, Fault> {
    filters.iter().find(|known| **known == name).copied().ok_or_else(|| {
        let name = &name[..name.floor_char_boundary(VALUE_BYTES)];
        Fault::invalid(
            name,
            format!("is not a parameter here; there are limit, after, sort{}", listed(filters)),
        )
    })
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!(", {name}")).collect()
}

fn add_filter(
    name: &'static str,
    value: &str,
    filters: &mut BTreeMap<&'static str, Vec<String>>,
) -> Result<(), Fault> {
    let alternatives = filters.entry(name).or_default();
    alternatives.extend(value.split(',').map(str::to_owned));
    if alternatives.iter().any(|text| text.is_empty() || text.len() > VALUE_BYTES) {
        return Err(Fault::invalid(name, format!("must have values of 1 to {VALUE_BYTES} bytes")));
    }
    if alternatives.len() > ALTERNATIVES {
        return Err(Fault::invalid(name, format!("must have at most {ALTERNATIVES} alternatives")));
    }
    Ok(())
}

fn order<L: List>(text: &str) -> Result<Sort, Fault> {
    let (descending, name) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let field = L::SORTS.iter().find(|known| **known == name).copied();
    let refused =
        || Fault::invalid("sort", format!("must be one of {}, with - for descending", L::SORTS.join(", ")));
    Ok(Sort { field: field.ok_or_else(refused)?, descending })
}

impl<L: List, S: Send + Sync> FromRequestParts<S> for ListQuery<L> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default())?)
    }
}

impl<L: List> IntoParams for ListQuery<L> {
    fn into_params(_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let filters = L::FILTERS.iter().map(|name| {
            text_parameter(name, "Only these; alternatives between commas.".to_owned(), ObjectBuilder::new())
        });
        let orders = L::SORTS.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]);
        let schema = ObjectBuilder::new().enum_values(Some(orders));
        let about = format!("The order, with - for descending; {} when absent.", L::DEFAULT_SORT);
        let sort = text_parameter("sort", about, schema);
        page_parameters().into_iter().chain([sort]).chain(filters).collect()
    }
}

pub(super) fn page_parameters() -> Vec<Parameter> {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(PageRequest::MAX));
    let about = format!("Rows wanted; {} when absent.", PageRequest::DEFAULT);
    let after = "The `next` of the page before.".to_owned();
    vec![parameter("limit", about, limit), text_parameter("after", after, ObjectBuilder::new())]
}

fn text_parameter(name: &str, about: String, schema: ObjectBuilder) -> Parameter {
    parameter(name, about, schema.schema_type(Type::String))
}

fn parameter(name: &str, about: String, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(about))
        .schema(Some(Schema::Object(schema.build())))
        .build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug)]
    struct Runs;
    impl List for Runs {
        const FILTERS: &'static [&'static str] = &["state", "number"];
        const SORTS: &'static [&'static str] = &["created_at", "number"];
        const DEFAULT_SORT: &'static str = "-created_at";
    }

    fn refused(query: &str) -> String {
        ListQuery::<Runs>::parse(query).unwrap_err().violations[0].field.clone()
    }

    #[test]
    fn a_query_says_which_rows_in_which_order() {
        let query =
            ListQuery::<Runs>::parse("state=failed,timed_out&state=cancelled&sort=number&limit=7").unwrap();
        assert_eq!(query.texts("state"), ["failed", "timed_out", "cancelled"]);
        assert_eq!(query.texts("number"), [""; 0]);
        assert_eq!(query.sort, Sort { field: "number", descending: false });
        assert_eq!(query.page.limit, 7);
        assert!(ListQuery::<Runs>::parse("").unwrap().sort.descending);
    }

    #[test]
    fn what_a_list_does_not_offer_is_refused_by_name() {
        assert_eq!(refused("stat=failed"), "stat");
        assert_eq!(refused("sort=secret"), "sort");
        assert_eq!(refused("sort=number&sort=-number"), "sort");
        assert_eq!(refused("limit=ten"), "limit");
        assert_eq!(refused("limit=501"), "limit");
        assert_eq!(refused("state="), "state");
        assert_eq!(refused(&format!("state={}", "x,".repeat(60) + "x")), "state");
        assert_eq!(refused(&format!("state={}", "x".repeat(201))), "state");
    }

    #[test]
    fn values_are_typed() {
        let query = ListQuery::<Runs>::parse("number=1,2").unwrap();
        assert_eq!(query.values::<u8>("number").unwrap(), [1, 2]);
        let query = ListQuery::<Runs>::parse("number=1,x").unwrap();
        assert_eq!(query.values::<u8>("number").unwrap_err().violations[0].field, "number");
    }

    proptest! {
        #[test]
        fn no_query_breaks_the_parser(query in "\\PC{0,80}") {
            let _ = ListQuery::<Runs>::parse(&query);
        }
    }
}
