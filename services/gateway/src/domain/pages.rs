//! What a path that no route answers stands for: a file of the console, a page of it, or nothing.
//!
//! Pages are resolved in the browser, so any path may be one. What is for programs never is: a client that errs in a
//! path has to read 404, and not a page with status 200.

/// First parts of paths that are for programs, now or to come, and never pages.
const FOR_PROGRAMS: &[&str] =
    &["/.well-known", "/api", "/auth", "/graphql", "/health", "/jobs/graphql", "/metrics", "/openapi.json"];

/// Files whose names change with their content. A tab that was open during an upgrade has to learn that its old
/// part is gone, so none of them is ever answered with a page.
pub const LASTING: &str = "/assets/";

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// For the file of this name, if there is one, else for the page when the client wants one.
    FileOrPage,
    /// For the file of this name or nothing.
    File,
    /// For nothing that a browser shows.
    Nothing,
}

/// What a path stands for.
pub fn meaning(path: &str) -> Meaning {
    if FOR_PROGRAMS.iter().any(|prefix| is_below(path, prefix)) {
        Meaning::Nothing
    } else if path.starts_with(LASTING) {
        Meaning::File
    } else {
        Meaning::FileOrPage
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an `Accept` header names pages: that of a browser that goes somewhere does, `*/*` does not.
pub fn wants_page(accept: &str) -> bool {
    let media_types = accept.split(',').filter_map(|range| range.split(';').next());
    media_types.map(str::trim).any(|media_type| media_type.eq_ignore_ascii_case("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_programs_is_never_a_page() {
        for path in
            ["/api", "/api/v1/nothing", "/api/openapi.json", "/health/none", "/metrics", "/jobs/graphql"]
        {
            assert_eq!(meaning(path), Meaning::Nothing, "{path}");
        }
        for path in ["/", "/runs/1042", "/jobs", "/jobs/nightly", "/apiary", "/healthy", "/setup"] {
            assert_eq!(meaning(path), Meaning::FileOrPage, "{path}");
        }
        assert_eq!(meaning("/assets/gone-1a2b.js"), Meaning::File);
    }

    #[test]
    fn only_a_client_that_names_pages_wants_one() {
        assert!(wants_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(wants_page("application/json, Text/HTML;level=1"));
        for accept in ["", "*/*", "application/json", "text/htmlx", "text/*"] {
            assert!(!wants_page(accept), "{accept}");
        }
    }
}
