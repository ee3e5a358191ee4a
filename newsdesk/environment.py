"""Read settings from the environment. A wrong value raises an error that names the variable and what is allowed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import tempfile
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# The first segments of newsdesk's own URLs: no path prefix may begin with one. tests/http/test_proxies.py checks that
# the list is complete.
OWN_PATHS = frozenset(
    "about admin alerts api articles blocs changes.json countries desk events export export.csv facets favicon.ico "
    "feed feed.atom feed.ics feed.json healthz i18n login logout metrics oidc readyz robots.txt samples saved "
    "sitemap.xml sitemaps static theme try websub".split()
)
# The path of a unix socket may have 108 bytes on Linux and 104 on macOS, the terminating NUL included.
MAX_SOCKET_PATH_BYTES = 100
LOCK_SECONDS = 30


def text(name: str, default: str = "") -> str:
    """Return the variable's value without surrounding blanks; `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """Return a boolean. Raises ImproperlyConfigured on anything but on/off, true/false, yes/no, 1/0."""
    value = text(name).lower()
    if not value:
        return default
    if value in ("on", "true", "yes", "1"):
        return True
    if value in ("off", "false", "no", "0"):
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; allowed are on and off.")


def number(name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number, both ends inclusive. Raises ImproperlyConfigured outside of them."""
    value = text(name, str(default))
    if value.isascii() and value.isdigit() and lowest <= int(value) <= highest:
        return int(value)
    raise ImproperlyConfigured(f"{name} is {value!r}; allowed are whole numbers from {lowest} to {highest}.")


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return the value of the variable, or the default. Raises ImproperlyConfigured when it is not in `allowed`."""
    value = text(name, default)
    if value in allowed:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}; allowed are {', '.join(allowed)}.")


def names(name: str, default: str) -> list[str]:
    """Return the comma-separated values. Raises ImproperlyConfigured when there is none or one contains blanks."""
    values = [value.strip() for value in text(name, default).split(",") if value.strip()]
    if values and not any(len(value.split()) > 1 for value in values):
        return values
    raise ImproperlyConfigured(f"{name} must be names separated by commas, such as {default!r}.")


def path_prefix(name: str) -> str:
    """Return the path under which the site is served, such as `/news`, or "" where it has the whole host.

    Raises ImproperlyConfigured where it is not a plain path, or begins like one of newsdesk's own URLs.
    """
    value = text(name).rstrip("/")
    if value and not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; allowed are paths like /news, of letters, digits and -._~.")
    if value and value.split("/")[1] in OWN_PATHS:
        raise ImproperlyConfigured(f"{name} is {value!r}, but addresses of newsdesk begin so: choose another path.")
    return value


def networks(name: str, default: str = "") -> list[IPv4Network | IPv6Network]:
    """Parse comma-separated addresses or networks (`10.0.0.0/8`). Raises ImproperlyConfigured on anything else."""
    given = [value.strip() for value in text(name, default).split(",") if value.strip()]
    try:
        return [ip_network(value) for value in given]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name}: {error}; allowed are addresses and networks such as 10.0.0.0/8."
        ) from error


def home(packages: Path) -> Path:
    """Return the folder that relative paths of settings start from, and that contains `var/`.

    The source tree, if `packages` is one; the user's data folder where newsdesk was installed by pip.
    """
    if (packages / "manage.py").is_file():
        return packages
    return Path(text("XDG_DATA_HOME", "~/.local/share")).expanduser() / "newsdesk"


def folder(name: str, default: Path) -> Path:
    """Return the absolute path of a writable folder; create it, for its owner only, if it is missing.

    Raises ImproperlyConfigured where it cannot be created or written to.
    """
    path = Path(text(name, str(default))).expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: {path} cannot be made a folder: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: {path} must be writable by the user that runs newsdesk.")
    return path


def secret_key(name: str, path: Path) -> str:
    """Return the variable, else the key kept in `path`, which is created once with mode 0600.

    Processes that start at the same moment get the same key: it is written to a temporary file and linked to its name,
    and linking fails for all but the first. Raises ImproperlyConfigured on fewer than 32 characters.
    """
    key = text(name)
    if not key:
        if not path.exists():
            _write_new_key(path)
        key = path.read_text(encoding="ascii").strip()
        name = f"The key in {path}"
    if len(key) < 32:
        raise ImproperlyConfigured(f"{name} is too short: it must have 32 random characters or more.")
    return key


def secret(name: str) -> str:
    """Return the variable, or "" where it is unset. Raises ImproperlyConfigured on fewer than 16 characters."""
    value = text(name)
    if value and len(value) < 16:
        raise ImproperlyConfigured(f"{name} is too short: it must have 16 random characters or more.")
    return value


def secret_or_file(name: str) -> str:
    """Return the variable, or the content of the file that the variable with `_FILE` behind it names.

    Raises ImproperlyConfigured where that file cannot be read.
    """
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({type(error).__name__}).") from error


def _write_new_key(path: Path) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp sets mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def database(name: str, default: Path, base: Path, lock_seconds: int = LOCK_SECONDS) -> dict[str, Any]:
    """Return Django's entry for one database: SQLite in the file `default` unless the variable names another.

    A query waits at most `lock_seconds` for a lock.

    `postgres://user:password@host:port/name?option=value` (also `postgresql:`; the options are libpq's, `host=/folder`
    names a socket's folder) or `sqlite:///file`, relative to `base`, `sqlite:////file` absolute. Raises
    ImproperlyConfigured on everything else, without repeating the password.
    """
    url = text(name)
    return database_at(name, url, base, lock_seconds) if url else sqlite(default, lock_seconds)


def database_at(name: str, url: str, base: Path, lock_seconds: int = LOCK_SECONDS) -> dict[str, Any]:
    """Return the same as `database` for the URL `url`, which the variable `name` gave."""
    parts = _split(name, url)
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(name, parts, lock_seconds)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1 and not parts.query:
        return sqlite(base / unquote(parts.path[1:]), lock_seconds)
    raise ImproperlyConfigured(
        f"{name} must look like postgres://user:password@host:5432/name or sqlite:///file, "
        f"it starts with {url.partition(':')[0]!r}."
    )


def sqlite(path: Path, lock_seconds: int = LOCK_SECONDS) -> dict[str, Any]:
    """Return Django's entry for a SQLite file.

    WAL lets readers and the one writer work side by side. IMMEDIATE takes the write lock at the start of a transaction,
    where waiting for it is possible, not in the middle, where it is an error.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": lock_seconds,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;",
        },
    }


def _postgresql(name: str, parts: SplitResult, lock_seconds: int) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if not value or key in options:
            raise ImproperlyConfigured(f"{name}: the option {key!r} must stand once and have a value.")
        options[key] = value
    options.setdefault("connect_timeout", "10")  # seconds; otherwise a dead host holds up every process for minutes
    database_name = unquote(parts.path[1:])
    if not database_name or "/" in database_name:
        raise ImproperlyConfigured(f"{name} must end in the database's name: postgres://user@host/name.")
    return {
        "ENGINE": "newsdesk.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | {"lock_seconds": lock_seconds},
    }


def broker(name: str, socket: Path) -> str:
    """Return Celery's broker URL: the variable, else the embedded server at `socket`.

    `redis://`, `rediss://` (TLS, the certificate checked), `redis+socket:///path`, `unix:///path?db=1`. Raises
    ImproperlyConfigured on anything else.
    """
    url = text(name)
    if not url:
        return f"redis+socket://{quote(str(socket))}"
    parts = _split(name, url)
    if parts.scheme == "rediss" and parts.hostname:
        options = "" if "ssl_cert_reqs=" in parts.query else "ssl_cert_reqs=required"
        return parts._replace(query="&".join(filter(None, (parts.query, options)))).geturl()
    if parts.scheme == "redis" and parts.hostname:
        return url
    if parts.scheme in ("unix", "redis+socket") and not parts.netloc and len(parts.path) > 1:
        query = "&".join(
            f"virtual_host={quote(value)}" if key == "db" else f"{key}={quote(value)}"
            for key, value in parse_qsl(parts.query)
        )
        return f"redis+socket://{parts.path}" + (f"?{query}" if query else "")
    raise ImproperlyConfigured(
        f"{name} must look like redis://host:6379/0, rediss://host:6380/0 or unix:///path/of/socket, "
        f"it starts with {url.partition(':')[0]!r}."
    )


MAIL_FORMS = "smtp://host:25, smtp+tls://user:password@host:587, smtps://user:password@host:465 or file:///folder"
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
MAIL_SECONDS = 15  # that a mail server may be silent


def mail(name: str) -> dict[str, Any]:
    """Return Django's settings of e-mail; {} where the variable is unset. `file:` writes messages into a folder.

    `smtp+tls` begins TLS on the connection (STARTTLS), `smtps` opens it with TLS; both check the certificate. Raises
    ImproperlyConfigured on anything else.
    """
    url = text(name)
    if not url:
        return {}
    parts = _split(name, url)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in MAIL_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"{name} must look like {MAIL_FORMS}.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": MAIL_SECONDS,
    }


OIDC_PARTS = ("ISSUER", "AUTHORIZE_URL", "TOKEN_URL", "USER_URL", "KEYS_URL", "CLIENT_ID", "CLIENT_SECRET")


def oidc(prefix: str) -> dict[str, str]:
    """Return the parts of an OpenID Connect provider by OIDC_PARTS; {} where none is set.

    Raises ImproperlyConfigured where only some are.
    """
    found = {part: text(f"{prefix}_{part}") for part in OIDC_PARTS if part != "CLIENT_SECRET"}
    found["CLIENT_SECRET"] = secret_or_file(f"{prefix}_CLIENT_SECRET")
    missing = [f"{prefix}_{part}" for part, value in found.items() if not value]
    if len(missing) == len(found):
        return {}
    if missing:
        raise ImproperlyConfigured(f"Single sign-on lacks {', '.join(missing)}; set all of them, or none.")
    return found


def header(name: str) -> str:
    """Return the key in Django's META of a request header such as X-Remote-User; "" where the variable is unset.

    Raises ImproperlyConfigured for what is no name of a header.
    """
    value = text(name)
    if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; allowed are names of headers, such as X-Remote-User.")
    return f"HTTP_{value.upper().replace('-', '_')}" if value else ""


def site_url(name: str, default: str) -> str:
    """Return scheme and host of the site, without a path. Raises ImproperlyConfigured on anything else."""
    url = text(name, default).rstrip("/")
    parts = _split(name, url)
    if parts.scheme in ("http", "https") and parts.hostname and url == f"{parts.scheme}://{parts.netloc}":
        return url
    raise ImproperlyConfigured(f"{name} is {url!r}; allowed are addresses like https://news.example.org.")


def link(name: str) -> str:
    """Return an address that a page may link to: https, http or mailto. Raises ImproperlyConfigured for others."""
    url = text(name)
    if url and not re.fullmatch(r"(?:https?://|mailto:)[^\s<>\"']{3,500}", url):
        raise ImproperlyConfigured(f"{name}: must begin with https://, http:// or mailto:, not {url!r}.")
    return url


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked only on access
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not an address: {error}.") from error
    return parts


def embedded_socket(var: Path) -> Path:
    """Return the path of the embedded queue's socket, in `var`.

    Where that path is too long for a unix socket, use a folder in the system's temporary folder, named after `var`,
    that no other user can open. Raises ImproperlyConfigured where somebody else owns that folder.
    """
    path = var / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"newsdesk-{os.getuid()}-{digest}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ImproperlyConfigured(
            f"{private} must be a folder that only the user running newsdesk can open, but somebody "
            "else made it. Remove it, or set NEWSDESK_VAR to a folder with a path under 80 bytes."
        )
    return private / "valkey.sock"
