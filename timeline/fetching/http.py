"""Fetch a URL politely; the result is a plain value with its reason in one sentence."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import httpcore
import httpx

from timeline.fetching.guard import (
    Budget,
    ForbiddenAddressError,
    GuardedTransport,
    LimitExceededError,
    Resolver,
    resolve,
)
from timeline.fetching.reach import PUBLIC, Reach

Kind = Literal["new", "unchanged", "gone", "later", "refused", "failed", "busy"]
Turn = Callable[[str], AbstractContextManager[None]]


def _version() -> str:
    """Return the version of the installed package; in a source tree that is not installed, of its pyproject.toml."""
    try:
        return version("newsdesk")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])


USER_AGENT = f"newsdesk/{_version()} (news reader; polls feeds)"
FEED_TYPES = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
MAX_RETRY_AFTER = timedelta(days=1)  # the most a server may ask for by Retry-After or max-age
MAX_URL_CHARS = 2000
MAX_VALIDATOR_CHARS = 500
MAX_LINK_CHARS = 5000
MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.I)


class HostBusyError(Exception):
    """Another worker is requesting this host; its lock did not come free in time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one fetch. `seconds`: in all, redirects included; `silence`: seconds without a byte.

    `received` and `unpacked`: bytes from the network and after decompression.
    """

    seconds: float = 30.0
    silence: float = 10.0
    received: int = 5_000_000
    unpacked: int = 10_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of a fetch.

    `kind`: new (with a body), unchanged (304), gone (410: for good), later (the server asks to wait), refused (a rule
    of ours forbids it), failed (no answer, or an error), busy (the host's lock did not come free). `reason`: one
    sentence without its subject ("answers 503 …"), empty when new or unchanged. `url`: the URL that answered in the
    end; `moved_to`: the URL that only permanent redirects led to, else "". `wait`: how long the server asks us to wait.
    `etag` and `last_modified`: as received, each independent of the other. `link`: the Link header (RFC 8288).
    """

    kind: Kind
    url: str
    reason: str = ""
    status: int = 0
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    wait: timedelta = timedelta()
    link: str = ""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How to fetch, and what may be fetched. `turn` takes the lock of a host; it may raise HostBusyError."""

    reach: Reach = PUBLIC
    limits: Limits = Limits()
    resolver: Resolver = resolve
    connector: httpcore.NetworkBackend | None = None
    turn: Turn = field(default=lambda host: nullcontext())
    user_agent: str = USER_AGENT


class _RefusedError(Exception):
    """A rule of ours is broken; the message says which."""


def fetch(
    url: str,
    now: datetime,
    *,
    options: FetchOptions = FetchOptions(),
    etag: str = "",
    last_modified: str = "",
    accept: str = FEED_TYPES,
) -> Fetched:
    """Fetch a URL, follow its redirects, read the answer within the limits. Never raises on what the server sends."""
    headers = {"User-Agent": options.user_agent, "Accept": accept, "Accept-Encoding": "gzip, deflate"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    return _guarded(url, options, lambda transport: _follow(url, now, options, transport, headers))


def post(
    url: str,
    body: bytes,
    content_type: str,
    now: datetime,
    *,
    options: FetchOptions,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Send a body to a URL, within the same limits and guard, without redirects. Never raises on the answer.

    Of an answer that is a success nothing is read.
    """

    def send(transport: GuardedTransport) -> Fetched:
        here = _checked(httpx.URL(url))
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), options.limits.silence)
        said = {"User-Agent": options.user_agent, "Accept-Encoding": "identity", "Content-Type": content_type}
        request = httpx.Request(
            "POST", here, headers={**said, **(headers or {})}, content=body, extensions={"timeout": timeouts}
        )
        with options.turn(here.host):
            response = transport.handle_request(request)
            try:
                if 200 <= response.status_code < 300:
                    return Fetched("new", url, status=response.status_code)
                return _result(response, url, now, options.limits)
            finally:
                response.close()

    return _guarded(url, options, send)


def _guarded(url: str, options: FetchOptions, work: Callable[[GuardedTransport], Fetched]) -> Fetched:
    """Do the work through the guard; what goes wrong becomes a reason."""
    budget = Budget(options.limits.seconds, options.limits.received)
    try:
        with GuardedTransport(
            options.reach, budget, resolver=options.resolver, connector=options.connector
        ) as transport:
            return work(transport)
    except (ForbiddenAddressError, LimitExceededError, _RefusedError) as e:
        return Fetched("refused", url, str(e))
    except HostBusyError as e:
        return Fetched("busy", url, str(e))
    except (httpcore.TimeoutException, httpx.TimeoutException) as e:
        return Fetched("failed", url, _timeout_reason(e, options.limits))
    except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError) as e:
        return Fetched("failed", url, f"does not speak HTTP as it should: {_error_text(e)}")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as e:
        return Fetched("failed", url, f"cannot be reached: {_error_text(e)}")
    except (httpx.InvalidURL, UnicodeError, ValueError) as e:
        return Fetched("refused", url, f"has an address that cannot be read: {_error_text(e)}")


def _follow(
    url: str, now: datetime, options: FetchOptions, transport: GuardedTransport, headers: Mapping[str, str]
) -> Fetched:
    """Follow redirects. Each is a request of its own, under the lock of its host, through the guard."""
    here, seen, moved_to, permanent = _checked(httpx.URL(url)), set[str](), "", True
    while True:
        seen.add(str(here))
        with options.turn(here.host):
            fetched, location = _ask(here, now, options.limits, transport, headers)
        if location is None:
            return _with_move(fetched, moved_to)
        there = _checked(here.join(location))
        if str(there) in seen:
            raise _RefusedError("redirects in a circle")
        if len(seen) > options.limits.redirects:
            raise _RefusedError(f"redirects more than {options.limits.redirects} times")
        lasting = fetched.status in PERMANENT and (here.scheme, there.scheme) != ("https", "http")
        permanent = permanent and lasting
        moved_to = str(there) if permanent else moved_to
        here = there


def _with_move(fetched: Fetched, moved_to: str) -> Fetched:
    """Set `moved_to`, but only on a usable answer."""
    if not moved_to or fetched.kind not in ("new", "unchanged"):
        return fetched
    return replace(fetched, moved_to=moved_to)


def _ask(
    url: httpx.URL, now: datetime, limits: Limits, transport: GuardedTransport, headers: Mapping[str, str]
) -> tuple[Fetched, str | None]:
    """Make one request; return its result and where it redirects to, None where it does not."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), limits.silence)
    request = httpx.Request("GET", url, headers=headers, extensions={"timeout": timeouts})
    response = transport.handle_request(request)
    try:
        if response.status_code in REDIRECTS and (location := response.headers.get("location")):
            return Fetched("failed", str(url), status=response.status_code), location.strip()
        return _result(response, str(url), now, limits), None
    finally:
        response.close()


def _result(response: httpx.Response, url: str, now: datetime, limits: Limits) -> Fetched:
    status, response_headers = response.status_code, response.headers
    wait = _wait(response_headers, now)
    etag, modified = _validator(response_headers, "etag"), _validator(response_headers, "last-modified")
    if status == 304:
        return Fetched("unchanged", url, status=status, wait=wait, etag=etag, last_modified=modified)
    if status == 410:
        return Fetched("gone", url, "is gone for good (410)", status)
    if status in (429, 503):
        request_to_wait = f" and asks to wait {_span(wait)}" if wait else ""
        what = "is asked too often (429)" if status == 429 else "is not available for now (503)"
        return Fetched("later", url, what + request_to_wait, status, wait=wait)
    if status != 200:
        return Fetched("failed", url, f"answers {status} {_plain(response.reason_phrase)}".rstrip(), status, wait=wait)
    body = b"".join(_unpacked(response.iter_raw(), response_headers.get("content-encoding", ""), limits))
    kind = _plain(response_headers.get("content-type", ""))
    link = str(response_headers.get("link", ""))[:MAX_LINK_CHARS]
    return Fetched("new", url, "", status, body, kind, etag, modified, wait=wait, link=link)


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https") or not url.host:
        raise _RefusedError(f"leads to an address that is not http or https: {str(url)[:80]!r}")
    if url.userinfo:
        raise _RefusedError("has a name and password in its address")
    if len(str(url)) > MAX_URL_CHARS:
        raise _RefusedError(f"has an address of more than {MAX_URL_CHARS} characters")
    return url.copy_with(fragment=None)


def _unpacked(chunks: Iterable[bytes], encoding: str, limits: Limits) -> Iterator[bytes]:
    """Yield the body, counting the bytes as they are unpacked: a small answer may unpack to a huge one."""
    encoding = encoding.strip().lower()
    total = 0
    for piece in chunks if encoding in ("", "identity") else _inflated(chunks, encoding):
        total += len(piece)
        if total > limits.unpacked:
            raise LimitExceededError(f"unpacks to more than {limits.unpacked:,} bytes")
        yield piece


def _inflated(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise _RefusedError(f"is packed in a way that was not asked for: {encoding[:40]!r}")
    unpacker, begun = zlib.decompressobj(47), False  # gzip or zlib, by its first bytes
    try:
        for chunk in chunks:
            if not begun and chunk and encoding == "deflate" and chunk[0] & 0x0F != 8:
                unpacker = zlib.decompressobj(-15)  # deflate without zlib's header
            begun = begun or bool(chunk)
            while chunk:
                yield unpacker.decompress(chunk, 65_536)
                chunk = unpacker.unconsumed_tail
                if unpacker.eof and unpacker.unused_data.startswith(b"\x1f\x8b"):  # a further gzip member
                    chunk, unpacker = unpacker.unused_data, zlib.decompressobj(47)
        while piece := unpacker.decompress(b"", 65_536):
            yield piece
        if begun and not unpacker.eof:
            raise _RefusedError(f"is cut off in the middle ({encoding})")
    except zlib.error as e:
        raise _RefusedError(f"is packed wrongly ({encoding}): {_error_text(e)}") from e


def _validator(response_headers: httpx.Headers, name: str) -> str:
    """Return one validator, independent of the other: servers change one and not the other."""
    value = str(response_headers.get(name, "")).strip()
    return value if len(value) <= MAX_VALIDATOR_CHARS and value.isprintable() and value.isascii() else ""


def _wait(response_headers: httpx.Headers, now: datetime) -> timedelta:
    """Return how long the server asks us to wait: Retry-After in seconds or as a date, else Cache-Control's max-age."""
    retry = response_headers.get("retry-after", "").strip()
    wait = timedelta()
    if retry.isascii() and retry.isdigit():
        wait = timedelta(seconds=min(int(retry[:9]), 10**8))
    elif retry:
        try:
            moment = parsedate_to_datetime(retry)
            wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError, TypeError):
            pass
    elif found := MAX_AGE.search(response_headers.get("cache-control", "")):
        wait = timedelta(seconds=int(found[1]))
    return max(timedelta(), min(wait, MAX_RETRY_AFTER))


def _timeout_reason(error: Exception, limits: Limits) -> str:
    if isinstance(error, httpcore.ConnectTimeout):
        return f"did not answer: {_error_text(error)}" if str(error) else "did not answer"
    return f"was silent for {limits.silence:g} seconds, or slower than {limits.seconds:g} in all"


def _span(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:100]


def _error_text(error: Exception) -> str:
    return _plain(str(error)) or type(error).__name__
