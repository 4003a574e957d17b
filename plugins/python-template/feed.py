"""The source: one feed (JSON, CSV or RSS) at an address or in a file. Replace this file by your own source.

main.py asks three things of it: READY (None, or what is missing), `identity`, and `fetch`, which yields for each entry
either a posting as a dict (see CONTRACT.md, only original_id and title are required) or a `Rejected`.
"""

import asyncio
import csv
import hashlib
import io
import json
import os
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import httpx
from defusedxml import ElementTree

FEED = os.environ.get("FEED", "").strip()
FORMAT = os.environ.get("FEED_FORMAT", "").strip().lower()
TIMEZONE = ZoneInfo(os.environ.get("FEED_TIMEZONE", "UTC"))
LARGEST = 32 * 1024 * 1024
ATTEMPTS = 3
RETRY_SECONDS = float(os.environ.get("FEED_RETRY_SECONDS", "1"))

identity = {
    "plugin": os.environ.get("FEED_NAME", "Feed"),
    "plugin_id": os.environ.get("FEED_ID", "feed"),
    "version": "1.0.0",
}

READY = None if FEED else "no feed is set: put its address or file name in FEED"

# What feeds call the things we want. FEED_MAP="title=headline,company=employer" puts names of your feed first.
NAMES = {
    "original_id": ["original_id", "id", "guid", "job_id"],
    "title": ["title", "name", "position", "headline"],
    "url": ["url", "link", "apply_url", "external_url"],
    "company": ["company", "company_name", "employer", "author"],
    "description": ["description", "content_html", "content", "summary"],
    "location": ["location", "city", "place"],
    "country": ["country", "country_code"],
    "published_at": ["published_at", "date_published", "pubDate", "date", "created"],
    "expires_at": ["expires_at", "valid_through", "deadline"],
}
for pair in filter(None, os.environ.get("FEED_MAP", "").split(",")):
    ours, _, theirs = pair.partition("=")
    NAMES.setdefault(ours.strip(), []).insert(0, theirs.strip())


class SourceError(Exception):
    """The feed cannot be read; the text is shown to people."""


@dataclass
class Rejected:
    """An entry that is no posting."""

    original_id: str | None
    reason: str


async def fetch() -> list[dict | Rejected]:
    """Everything on offer, each id once, in the order of the ids, so that a sync can go on from any of them."""
    text = await _read()
    found: dict[str, dict | Rejected] = {}
    for number, entry in enumerate(_entries(text), start=1):
        posting = _posting(entry)
        key = posting.original_id if isinstance(posting, Rejected) else posting["original_id"]
        found.setdefault(key or f"~{number:09}", posting)
    return [found[key] for key in sorted(found)]


async def _read() -> str:
    if not FEED.startswith(("http://", "https://")):
        try:
            return await asyncio.to_thread(_read_file)
        except OSError as error:
            raise SourceError(f"the file {FEED} cannot be read: {error.strerror}") from error
    for attempt in range(ATTEMPTS):
        try:
            return await _download()
        except (httpx.TransportError, SourceError) as error:
            if attempt + 1 == ATTEMPTS:
                raise SourceError(f"the feed cannot be read: {error}") from error
            await asyncio.sleep(RETRY_SECONDS * 2**attempt)
    raise SourceError("the feed cannot be read")


def _read_file() -> str:
    with open(FEED, encoding="utf-8-sig") as file:
        return file.read(LARGEST)


async def _download() -> str:
    async with httpx.AsyncClient(timeout=30, follow_redirects=False) as client:
        async with client.stream("GET", FEED) as reply:
            if reply.status_code != 200:
                raise SourceError(f"it answers {reply.status_code}")
            body = bytearray()
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise SourceError(f"it is larger than {LARGEST} bytes")
    return body.decode("utf-8-sig", errors="replace")


def _entries(text: str) -> list[dict]:
    kind = FORMAT or _guess(text)
    try:
        if kind == "json":
            return _json_entries(json.loads(text))
        if kind == "csv":
            return list(csv.DictReader(io.StringIO(text)))
        if kind == "rss":
            return _rss_entries(ElementTree.fromstring(text))
    except (ValueError, csv.Error, ElementTree.ParseError) as error:
        raise SourceError(f"the feed is not {kind}: {error}") from error
    raise SourceError(f"FEED_FORMAT is {kind!r}; it can be json, csv or rss")


def _guess(text: str) -> str:
    start = text.lstrip()[:1]
    return {"[": "json", "{": "json", "<": "rss"}.get(start, "csv")


def _json_entries(value) -> list[dict]:
    """A list, or an object that holds one ("items" in JSON Feed, "jobs" elsewhere)."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("items", "jobs", "data", "results") if key in value), None)
    if not isinstance(value, list):
        raise SourceError("the feed holds no list of entries")
    return [entry if isinstance(entry, dict) else {} for entry in value]


def _rss_entries(root) -> list[dict]:
    return [{child.tag.rpartition("}")[2]: (child.text or "") for child in item} for item in root.iter("item")]


def _posting(entry: dict) -> dict | Rejected:
    title = _line(_named(entry, "title"), 500)
    url = _named(entry, "url")
    company = _line(_named(entry, "company"), 500)
    original_id = _named(entry, "original_id") or url
    if not original_id and title:
        original_id = hashlib.sha256(f"{title}|{company}".encode()).hexdigest()[:32]
    original_id = _line(original_id, 200)
    if not title or not original_id:
        return Rejected(original_id, "it has no title" if original_id else "it has neither id nor title")
    posting = {
        "original_id": original_id,
        "title": title,
        "url": url if url and url.startswith(("http://", "https://")) and len(url) <= 2000 else None,
        "company": company,
        "description": _description(_named(entry, "description")),
        "location": _location(entry),
        "published_at": _moment(_named(entry, "published_at")),
        "expires_at": _moment(_named(entry, "expires_at")),
        "raw": entry,
    }
    return {key: value for key, value in posting.items() if value is not None}


def _named(entry: dict, ours: str) -> str | None:
    """The first of the known names that has a value, as text."""
    for name in NAMES[ours]:
        value = entry.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, (str, int, float)) and str(value).strip():
            return str(value).strip()
    return None


def _line(text: str | None, most: int) -> str | None:
    return " ".join(text.split())[:most].strip() or None if text else None


def _description(text: str | None) -> dict | None:
    if not text:
        return None
    return {"format": "html" if "</" in text or "<br" in text else "text", "content": text[:200_000]}


def _location(entry: dict) -> dict | None:
    place, country = _line(_named(entry, "location"), 500), _named(entry, "country")
    location = {"text": place} if place else {}
    if country and len(country) == 2 and country.isascii() and country.isalpha():
        location["country"] = country.upper()
    return location or None


def _moment(text: str | None) -> str | None:
    """ISO 8601 or the form of RSS; a time without an offset is FEED_TIMEZONE's. Anything else stays unknown."""
    if not text:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
        except (ValueError, TypeError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=TIMEZONE)).isoformat(timespec="seconds")
    return None
