//! One form for the many addresses of a posting's page.

use url::Url;

/// Query parameters that tell where a visitor came from, not what is shown.
const TRACKING: [&str; 26] = [
    "ref",
    "refid",
    "referer",
    "referrer",
    "src",
    "source",
    "gh_src",
    "gclid",
    "fbclid",
    "msclkid",
    "mc_cid",
    "mc_eid",
    "trk",
    "trackingid",
    "iis",
    "iisn",
    "iisp",
    "jobpipeline",
    "rx_source",
    "rx_campaign",
    "pagenum",
    "hl",
    "adref",
    "lang",
    "language",
    "locale",
];

/// Last path segments that open the form of the same posting.
const FORMS: [&str; 3] = ["apply", "application", "thanks"];

/// Parses an address that people may be sent to: http or https with a host, without credentials.
pub(super) fn parse_link(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("has the scheme {:?}; only http and https are taken", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("names no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries credentials".to_owned());
    }
    Ok(url)
}

/// The address reduced to what identifies the page: no scheme, `www.`, tracking, form suffix or anchor, and
/// with the query sorted. `None` when it is no web address or names only a host, which identifies nothing.
pub fn canonical_url(text: &str) -> Option<String> {
    let url = parse_link(text).ok()?;
    let host = url.host_str()?.to_ascii_lowercase();
    let host = one_host(host.strip_prefix("www.").unwrap_or(&host));
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = path(&url, host);
    let query = query(&url, host);
    let route = url.fragment().filter(|anchor| anchor.contains('/')).unwrap_or_default();
    let route = route.trim_end_matches('/');
    if path.is_empty() && query.is_empty() && route.is_empty() {
        return None;
    }
    let mut canonical = format!("{host}{port}{path}");
    for (mark, part) in [('?', query.as_str()), ('#', route)] {
        if !part.is_empty() {
            canonical.push(mark);
            canonical.push_str(part);
        }
    }
    Some(canonical)
}

/// Hosts that show the same pages under two names.
fn one_host(host: &str) -> &str {
    match host {
        "job-boards.greenhouse.io" => "boards.greenhouse.io",
        host => host,
    }
}

fn path(url: &Url, host: &str) -> String {
    let mut segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    if host.ends_with(".myworkdayjobs.com") && segments.first().is_some_and(|first| is_locale(first)) {
        segments.remove(0);
    }
    while segments.len() > 1 && segments.last().is_some_and(|last| FORMS.contains(last)) {
        segments.pop();
    }
    segments.iter().map(|segment| format!("/{segment}")).collect()
}

/// `en`, `en-US`
fn is_locale(segment: &str) -> bool {
    let (language, country) = segment.split_once('-').unwrap_or((segment, "US"));
    language.len() == 2
        && country.len() == 2
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn query(url: &Url, host: &str) -> String {
    if is_aggregator(host) {
        return String::new();
    }
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| !value.is_empty() && !is_tracking(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs).finish()
}

/// Aggregators whose posting is named by the path alone; their query only tracks.
fn is_aggregator(host: &str) -> bool {
    let mut labels = host.split('.');
    labels
        .any(|label| matches!(label, "adzuna" | "linkedin" | "arbetsformedlingen" | "remotive" | "remoteok"))
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || name.starts_with("lever-") || TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_one_page_share_a_form() {
        for addresses in [
            [
                "https://boards.greenhouse.io/acme/jobs/42?gh_src=abc",
                "http://job-boards.greenhouse.io/acme/jobs/42/?utm_source=x#app",
            ],
            [
                "https://acme.wd5.myworkdayjobs.com/en-US/Site/job/Paris/Nurse_R1",
                "https://ACME.wd5.myworkdayjobs.com/Site/job/Paris/Nurse_R1/apply",
            ],
            ["https://www.adzuna.fr/land/ad/1?se=a&v=b", "https://adzuna.fr/land/ad/1"],
            ["https://a.example/jobs?id=7&b=1", "https://a.example/jobs/?b=1&id=7&utm_medium=mail"],
        ] {
            assert_eq!(canonical_url(addresses[0]), canonical_url(addresses[1]), "{addresses:?}");
        }
    }

    #[test]
    fn what_names_the_posting_stays() {
        assert_ne!(
            canonical_url("https://a.example/x?gh_jid=1"),
            canonical_url("https://a.example/x?gh_jid=2")
        );
        let routed = canonical_url("https://careers.example/jobs/#en/sites/job/211250/").unwrap();
        assert_eq!(routed, "careers.example/jobs#en/sites/job/211250");
        assert_eq!(canonical_url("https://a.example/"), None);
    }

    #[test]
    fn only_safe_links_are_taken() {
        for link in
            ["javascript:alert(1)", "ftp://a.example/x", "/jobs/1", "https://user:pw@a.example/", "data:,x"]
        {
            assert!(parse_link(link).is_err(), "{link}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_form_is_its_own(path in "(/[a-zA-Z0-9_-]{1,8}){1,4}/?", query in "([a-z]{1,4}=[a-z0-9%]{0,3}&?){0,3}") {
            if let Some(once) = canonical_url(&format!("https://Jobs.example{path}?{query}")) {
                prop_assert_eq!(canonical_url(&format!("https://{}", once)), Some(once));
            }
        }
    }
}
