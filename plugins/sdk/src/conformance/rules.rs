//! Every rule the kit checks: its name, what it asks, and what an author who fails it should do.

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    pub(super) what_to_do: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $what:literal, $what_to_do:literal;)*) => {
        $(pub(super) static $name: Rule = Rule { id: $id, what: $what, what_to_do: $what_to_do };)*
        /// Every rule, in the order of the contract.
        pub(super) static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    HEALTH_ANSWERS = "health.answers",
        "GET /health answers 200 within 5 seconds",
        "Serve GET /health without asking the source, and check the address and the port.";
    HEALTH_SHAPE = "health.shape",
        "/health is a JSON object with status and plugin",
        "Answer {\"status\": \"healthy\", \"plugin\": \"<name>\", \"plugin_id\": \"<id>\", \"version\": \"<version>\", \"contract\": 2}.";
    HEALTH_IDENTITY = "health.identity",
        "/health names plugin_id ([a-z0-9-]) and version",
        "Add plugin_id, in lower case letters, digits and hyphens, and version to /health.";
    HEALTH_READY = "health.ready",
        "/health says healthy, or says what is missing",
        "Say in \"message\" what is wrong and what to do; give the plugin the setting it lacks to check the rest.";
    STREAM_BEGINS = "sync.begins",
        "POST /v2/sync answers 200 with application/x-ndjson in time",
        "Answer with the status and the content type at once, before the first page is fetched.";
    STREAM_LINES = "sync.lines",
        "every line of the stream is a frame of at most 1 MiB",
        "Write one JSON object a line, ended by a line feed, with a type of the contract.";
    STREAM_END = "sync.end",
        "the stream ends with exactly one end line",
        "Write {\"type\": \"end\", \"complete\": ..., \"fetched\": ...} last, whatever happens.";
    STREAM_COUNT = "sync.count",
        "end.fetched counts the posting, removed and rejected lines",
        "Count each such line as you write it.";
    STREAM_CLAIMS = "sync.claims",
        "complete is never said beside more, error or a warning",
        "Say complete only when this stream alone held everything on offer.";
    STREAM_YIELDS = "sync.yields",
        "a sync of a healthy plugin yields postings and no error",
        "If the source is really empty this is no fault; else look at the plugin's log.";
    STREAM_PAGES = "sync.pages",
        "no more than page_size postings lie between two checkpoints, each of at most 64 KiB",
        "Write a small checkpoint after page_size postings at the latest, and one at the end.";
    POSTINGS_VALID = "postings.valid",
        "every posting reads and keeps the rules of the contract",
        "Correct the named field, or send the ad as rejected with the reason.";
    POSTINGS_UNIQUE = "postings.unique",
        "no original_id comes twice in a stream",
        "Drop repeats by original_id before you write them.";
    POSTINGS_STABLE = "postings.stable",
        "a second sync gives the same postings the same original_id",
        "Use the source's own id, or one computed from what does not change, such as the address.";
    RESUME_LOSES_NOTHING = "resume.loses_nothing",
        "a sync from the first checkpoint brings everything that followed it",
        "Write a checkpoint only when all that lies before it was written.";
    RESUME_CLAIMS = "resume.claims",
        "a resumed stream is complete only if it holds everything again",
        "Say complete: false when the stream began from a checkpoint and left out what came before.";
    DEADLINE = "sync.deadline",
        "the stream ends by itself when deadline_ms has passed",
        "Look at the clock between pages, and end with more: true.";
    CANCEL = "sync.cancel",
        "after a reader leaves in the middle, the next sync is served",
        "Stop the running sync when the connection closes.";
    ERROR_JSON = "errors.json",
        "a body that is not JSON is refused with 400 and a problem document",
        "Answer {\"status\": 400, \"code\": \"invalid_request\", \"title\": ...} as application/problem+json.";
    ERROR_TYPES = "errors.types",
        "a page_size that is no number is refused with 400",
        "Check the types of the request, and answer invalid_request.";
    ERROR_CHECKPOINT = "errors.checkpoint",
        "a strange checkpoint is refused with 409, or ignored",
        "Answer 409 with the code checkpoint_refused when a checkpoint does not read.";
    ERROR_SIZE = "errors.size",
        "a request of 1 MB is refused",
        "Limit the size of request bodies, and answer 413 with the code too_large.";
    LEGACY_SYNC = "legacy.sync",
        "POST /sync with {} answers 200 and success",
        "Answer {\"success\": true, \"message\": \"...\"}, or 500 with plain text.";
    LEGACY_JOBS = "legacy.jobs",
        "GET /jobs answers {success, data, count} with a job in each place",
        "Answer {\"success\": true, \"data\": [...], \"count\": n}; every job needs id, title and RFC 3339 dates or null.";
    LEGACY_IDS = "legacy.ids",
        "no id comes twice in GET /jobs",
        "Drop repeats by id.";
    LEGACY_METHOD = "legacy.method",
        "GET /sync is refused with 405",
        "Route POST only.";
    NO_REDIRECT = "origin.no_redirect",
        "no answer redirects",
        "Serve each path where it is; Metier follows no redirect.";
}

/// The rules that only contract 2 knows.
pub(super) static CONTRACT_2: [&Rule; 18] = [
    &STREAM_BEGINS,
    &STREAM_LINES,
    &STREAM_END,
    &STREAM_COUNT,
    &STREAM_CLAIMS,
    &STREAM_YIELDS,
    &STREAM_PAGES,
    &POSTINGS_VALID,
    &POSTINGS_UNIQUE,
    &POSTINGS_STABLE,
    &RESUME_LOSES_NOTHING,
    &RESUME_CLAIMS,
    &DEADLINE,
    &CANCEL,
    &ERROR_JSON,
    &ERROR_TYPES,
    &ERROR_CHECKPOINT,
    &ERROR_SIZE,
];
