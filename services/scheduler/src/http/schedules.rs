//! `/api/v1/schedules`. Wherever a path names a schedule, its id and its name are both good.

use axum::extract::State;
use metier_core::Fault;
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, List, ListQuery, NoContent, PageBody, Path, Problem,
    Tagged,
};

use super::{
    bodies::{NewScheduleBody, ScheduleBody},
    keyed,
};
use crate::{domain::schedule::Schedule, ops::Scheduler, store::schedules::Wanted};

/// What the list can be asked for.
pub(super) struct ScheduleList;

impl List for ScheduleList {
    const FILTERS: &'static [&'static str] = &["state"];
    const SORTS: &'static [&'static str] = &["name"];
    const DEFAULT_SORT: &'static str = "name";
}

fn wanted(query: &ListQuery<ScheduleList>) -> Result<Wanted, Fault> {
    if query.sort.descending {
        return Err(Fault::invalid("sort", "must be name"));
    }
    match query.texts("state") {
        [] => Ok(Wanted::All),
        [one] if one == "active" => Ok(Wanted::Active),
        [one] if one == "paused" => Ok(Wanted::Paused),
        [one] if one == "ended" => Ok(Wanted::Ended),
        _ => Err(Fault::invalid("state", "must be active, paused or ended")),
    }
}

/// List schedules
#[utoipa::path(get, path = "/api/v1/schedules", tag = "schedules", security(("bearer" = ["schedules:read"])), params(ListQuery<ScheduleList>),
    responses((status = 200, body = PageBody<ScheduleBody>)))]
pub(super) async fn list(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    query: ListQuery<ScheduleList>,
) -> Result<Json<PageBody<ScheduleBody>>, Problem> {
    let page = service.list_schedules(&ctx, wanted(&query)?, &query.page).await?;
    Ok(Json(page.map(ScheduleBody::from).into()))
}

/// Make a schedule
///
/// Its runs are those of the caller, with the rights the caller has now.
#[utoipa::path(post, path = "/api/v1/schedules", tag = "schedules", security(("bearer" = ["schedules:write", "runs:submit"])), request_body = NewScheduleBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the schedule is made once")),
    responses((status = 201, body = ScheduleBody), (status = 409, description = "`schedule_exists`")))]
pub(super) async fn create(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, mut body }: Idempotent<NewScheduleBody>,
) -> Result<Created<ScheduleBody>, Problem> {
    let request = keyed("schedules.create", key.as_ref(), fingerprint);
    let name = std::mem::take(&mut body.name);
    let schedule = service.create_schedule(&ctx, (&name, body.into()), request).await?;
    let location = format!("/api/v1/schedules/{}", schedule.id);
    Ok(Created { location, tag: Some(ETag::version(schedule.version)), body: schedule.into() })
}

/// Get a schedule
#[utoipa::path(get, path = "/api/v1/schedules/{schedule}", tag = "schedules", security(("bearer" = ["schedules:read"])),
    params(("schedule" = String, Path, description = "Its id or name")),
    responses((status = 200, body = ScheduleBody)))]
pub(super) async fn get(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Tagged<ScheduleBody>, Problem> {
    Ok(tagged(service.get_schedule(&ctx, &id).await?))
}

/// Replace a schedule
///
/// From then on its runs are those of the caller.
#[utoipa::path(put, path = "/api/v1/schedules/{schedule}", tag = "schedules", security(("bearer" = ["schedules:write", "runs:submit"])), request_body = NewScheduleBody,
    params(("schedule" = String, Path, description = "Its id or name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = ScheduleBody), (status = 409, description = "`schedule_exists`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    seen: IfMatch,
    Json(mut body): Json<NewScheduleBody>,
) -> Result<Tagged<ScheduleBody>, Problem> {
    let name = std::mem::take(&mut body.name);
    let version = seen.version()?;
    Ok(tagged(service.update_schedule(&ctx, (&id, version), (&name, body.into())).await?))
}

/// Delete a schedule
///
/// Its runs stay.
#[utoipa::path(delete, path = "/api/v1/schedules/{schedule}", tag = "schedules", security(("bearer" = ["schedules:write"])),
    params(("schedule" = String, Path, description = "Its id or name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    service.delete_schedule(&ctx, &id, seen.version()?).await?;
    Ok(NoContent)
}

pub(super) fn tagged(schedule: Schedule) -> Tagged<ScheduleBody> {
    Tagged { tag: ETag::version(schedule.version), body: schedule.into() }
}
