"""The contract of a Metier source plugin, over the source in feed.py. See plugins/sdk/CONTRACT.md for every rule.

Start it with: uvicorn main:app --host 127.0.0.1 --port 8090
"""

import asyncio
import json
import time

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

import feed

MOST_REQUEST = 128 * 1024
MOST_LINE = 1024 * 1024 - 1
MOST_PAGE = 1000
MOST_JOBS = 2000
LEGACY = {
    "full_time": "Full-time",
    "part_time": "Part-time",
    "contract": "Contract",
    "internship": "Internship",
    "temporary": "Temporary",
    "entry": "Entry-level",
    "mid": "Mid-level",
    "senior": "Senior",
    "executive": "Executive",
}

app = FastAPI(title="Metier source plugin", docs_url=None, redoc_url=None, openapi_url=None)
latest: list[dict] | None = None


@app.get("/health")
async def health() -> dict:
    answer = {"status": "healthy", **feed.identity, "contract": 2}
    if feed.READY is not None:
        answer |= {"status": "unconfigured", "message": feed.READY}
    return answer


@app.post("/v2/sync")
async def sync(request: Request):
    try:
        asked = _asked(await _body(request))
    except _Refused as refused:
        return refused.answer()
    return StreamingResponse(_stream(*asked), media_type="application/x-ndjson")


class _Refused(Exception):
    def __init__(self, status: int, code: str, title: str):
        self.problem = {"status": status, "code": code, "title": title}

    def answer(self) -> JSONResponse:
        return JSONResponse(self.problem, self.problem["status"], media_type="application/problem+json")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_REQUEST:
            raise _Refused(413, "too_large", "the request is larger than 128 KiB")
    return bytes(body)


def _asked(body: bytes) -> tuple[str | None, int, float]:
    """Where to begin, the page size, and the moment to stop."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise _Refused(400, "invalid_request", f"the request is not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise _Refused(400, "invalid_request", "the request is not an object")
    page_size, deadline = asked.get("page_size") or 100, asked.get("deadline_ms")
    for name, value in (("page_size", page_size), ("deadline_ms", deadline or 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise _Refused(400, "invalid_request", f"{name} is not a whole number")
    until = time.monotonic() + deadline / 1000 if deadline is not None else float("inf")
    return _begin(asked.get("checkpoint")), max(1, min(page_size, MOST_PAGE)), until


def _begin(checkpoint) -> str | None:
    """Our checkpoint is the last id sent; ids come in order."""
    if checkpoint is None:
        return None
    if isinstance(checkpoint, dict) and list(checkpoint) == ["after"] and isinstance(checkpoint["after"], str):
        return checkpoint["after"]
    raise _Refused(409, "checkpoint_refused", "the checkpoint is not one of this plugin's; ask again without it")


async def _stream(after: str | None, page_size: int, until: float):
    fetched, end = 0, {"complete": False, "more": False}
    try:
        if feed.READY is not None:
            raise feed.SourceError(feed.READY)
        patience = None if until == float("inf") else max(0.0, until - time.monotonic())
        async with asyncio.timeout(patience):
            entries = await feed.fetch()
        entries = [entry for entry in entries if after is None or _id(entry) is None or _id(entry) > after]
        for start in range(0, len(entries), page_size):
            if time.monotonic() > until:
                raise TimeoutError
            page = entries[start : start + page_size]
            for entry in page:
                yield _line(_frame(entry))
                fetched += 1
            last = start + page_size >= len(entries)
            place = None if last or _id(page[-1]) is None else {"after": _id(page[-1])}
            yield _line({"type": "checkpoint", "checkpoint": place})
        end["complete"] = after is None
    except TimeoutError:
        end |= {"more": True, "note": "the deadline came"}
    except feed.SourceError as error:
        end["error"] = str(error)[:1000]
    yield _line({"type": "end", **end, "fetched": fetched})


def _id(entry) -> str | None:
    return entry.original_id if isinstance(entry, feed.Rejected) else entry["original_id"]


def _frame(entry) -> dict:
    if isinstance(entry, feed.Rejected):
        return {"type": "rejected", "original_id": entry.original_id, "reason": entry.reason}
    return {"type": "posting", "posting": entry}


def _line(frame: dict) -> bytes:
    """One line; a posting too long for one goes without its raw form, or is rejected."""
    line = json.dumps(frame, ensure_ascii=False).encode()
    if len(line) <= MOST_LINE:
        return line + b"\n"
    posting = frame["posting"]
    if "raw" in posting:
        return _line({"type": "posting", "posting": {key: value for key, value in posting.items() if key != "raw"}})
    return _line({"type": "rejected", "original_id": posting["original_id"], "reason": "it is larger than 1 MiB"})


@app.post("/sync")
async def legacy_sync():
    try:
        jobs = await _fetch_jobs()
    except feed.SourceError as error:
        return PlainTextResponse(f"Sync failed: {error}", 500)
    return {"success": True, "message": f"{len(jobs)} jobs fetched"}


@app.get("/jobs")
async def legacy_jobs():
    try:
        jobs = latest if latest is not None else await _fetch_jobs()
    except feed.SourceError as error:
        return JSONResponse({"success": False, "error": str(error)}, 500)
    return {"success": True, "data": jobs, "count": len(jobs)}


async def _fetch_jobs() -> list[dict]:
    global latest
    if feed.READY is not None:
        raise feed.SourceError(feed.READY)
    postings = [entry for entry in await feed.fetch() if isinstance(entry, dict)]
    latest = [_job(posting) for posting in postings[:MOST_JOBS]]
    return latest


def _job(posting: dict) -> dict:
    source, salary = feed.identity["plugin_id"], posting.get("salary", {})
    return {
        "id": f"{source}-{posting['original_id']}",
        "title": posting["title"],
        "company": posting.get("company", ""),
        "description": posting.get("description", {}).get("content", ""),
        "location": posting.get("location", {}).get("text", ""),
        "salary": salary.get("text", ""),
        "salary_min": salary["min"] // 100 if "min" in salary else None,
        "salary_max": salary["max"] // 100 if "max" in salary else None,
        "salary_currency": salary.get("currency"),
        "is_remote": posting.get("remote") == "yes",
        "url": posting.get("url"),
        "employment_type": LEGACY.get(posting.get("employment_type"), ""),
        "experience_level": LEGACY.get(posting.get("experience_level"), ""),
        "posted_date": posting.get("published_at"),
        "expires_date": posting.get("expires_at"),
        "requirements": posting.get("skills", {}).get("must", []),
        "benefits": [],
        "fields": {
            **posting.get("fields", {}),
            "source": source,
            "connector": source,
            "original_id": posting["original_id"],
        },
    }
