//! `/api/v1/calendars`: times at which nothing is to start.

use axum::extract::State;
use metier_core::Timestamp;
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, NoContent, PageBody, PageQuery, Path, Problem, Tagged,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keyed;
use crate::{
    domain::calendar::{Calendar, Window},
    ops::{CalendarWish, Scheduler},
};

/// What somebody says of a calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCalendar)]
pub(super) struct NewCalendarBody {
    /// Its name, unique in the workspace: 1 to 100 of `A-Z a-z 0-9 - _ .`.
    #[schema(example = "holidays")]
    name: String,
    /// The IANA zone whose clock is meant.
    #[schema(example = "Europe/Stockholm")]
    zone: String,
    /// When nothing starts. Each has some of `from` and `to` (days), `weekdays`, `starts` and `ends` (times of the
    /// day), and a `reason`; all that it has must hold.
    #[schema(value_type = Vec<Object>, example = json!([{"from": "2026-12-24", "to": "2026-12-26", "reason": "holidays"}]))]
    windows: Vec<Window>,
}

impl From<NewCalendarBody> for CalendarWish {
    fn from(body: NewCalendarBody) -> Self {
        Self { name: body.name, zone: body.zone, windows: body.windows }
    }
}

/// A calendar.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub(super) struct CalendarBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Its name.
    #[schema(example = "holidays")]
    name: String,
    /// The zone whose clock is meant.
    #[schema(example = "Europe/Stockholm")]
    zone: String,
    /// When nothing starts.
    #[schema(value_type = Vec<Object>)]
    windows: Vec<Window>,
    /// Counts changes, from 1.
    version: i64,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = "date-time")]
    updated_at: Timestamp,
}

impl From<Calendar> for CalendarBody {
    fn from(calendar: Calendar) -> Self {
        Self {
            id: calendar.id.to_string(),
            name: calendar.name,
            zone: calendar.zone,
            windows: calendar.windows,
            version: calendar.version,
            created_at: calendar.created_at,
            updated_at: calendar.updated_at,
        }
    }
}

/// List calendars
#[utoipa::path(get, path = "/api/v1/calendars", tag = "calendars", security(("bearer" = ["calendars:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<CalendarBody>)))]
pub(super) async fn list(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<CalendarBody>>, Problem> {
    Ok(Json(service.list_calendars(&ctx, &page).await?.map(CalendarBody::from).into()))
}

/// Make a calendar
#[utoipa::path(post, path = "/api/v1/calendars", tag = "calendars", security(("bearer" = ["calendars:write"])), request_body = NewCalendarBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the calendar is made once")),
    responses((status = 201, body = CalendarBody), (status = 409, description = "`calendar_exists`")))]
pub(super) async fn create(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewCalendarBody>,
) -> Result<Created<CalendarBody>, Problem> {
    let request = keyed("calendars.create", key.as_ref(), fingerprint);
    let calendar = service.create_calendar(&ctx, body.into(), request).await?;
    let location = format!("/api/v1/calendars/{}", calendar.name);
    Ok(Created { location, tag: Some(ETag::version(calendar.version)), body: calendar.into() })
}

/// Get a calendar
#[utoipa::path(get, path = "/api/v1/calendars/{calendar}", tag = "calendars", security(("bearer" = ["calendars:read"])),
    params(("calendar" = String, Path, description = "Its name")), responses((status = 200, body = CalendarBody)))]
pub(super) async fn get(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Tagged<CalendarBody>, Problem> {
    Ok(tagged(service.get_calendar(&ctx, &name).await?))
}

/// Replace a calendar
#[utoipa::path(put, path = "/api/v1/calendars/{calendar}", tag = "calendars", security(("bearer" = ["calendars:write"])), request_body = NewCalendarBody,
    params(("calendar" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = CalendarBody), (status = 409, description = "`calendar_exists`, `calendar_in_use`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    seen: IfMatch,
    Json(body): Json<NewCalendarBody>,
) -> Result<Tagged<CalendarBody>, Problem> {
    Ok(tagged(service.update_calendar(&ctx, (&name, seen.version()?), body.into()).await?))
}

/// Delete a calendar
#[utoipa::path(delete, path = "/api/v1/calendars/{calendar}", tag = "calendars", security(("bearer" = ["calendars:write"])),
    params(("calendar" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`calendar_in_use`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    service.delete_calendar(&ctx, &name, seen.version()?).await?;
    Ok(NoContent)
}

fn tagged(calendar: Calendar) -> Tagged<CalendarBody> {
    Tagged { tag: ETag::version(calendar.version), body: calendar.into() }
}
