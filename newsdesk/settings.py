"""All settings. With none given in the environment, newsdesk runs by itself: SQLite and an embedded queue.

deploy/env.example lists every variable; a wrong value stops the start and says what is allowed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from newsdesk import environment as env
from newsdesk.logging import formats
from timeline.fetching.reach import Reach
from timeline.operations import permissions

BASE_DIR = Path(__file__).resolve().parent.parent  # holds the packages; processes are started here
HOME = env.home(BASE_DIR)

# What any process of newsdesk writes, and those that it starts, is for the user alone that runs it.
os.umask(permissions.UMASK)
# Everything newsdesk writes by itself is in here: the database, the queue, the key.
VAR = env.folder("NEWSDESK_VAR", HOME / "var")

SECRET_KEY = env.secret_key("NEWSDESK_SECRET_KEY", VAR / "secret_key")
DEBUG = env.flag("NEWSDESK_DEBUG", default=False)
ALLOWED_HOSTS = env.names("NEWSDESK_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
PORT = env.number("NEWSDESK_PORT", 8000, 0, 65535)

# --- Database and queue -------------------------------------------------------------------------

# Longer nobody waits for what another has locked: a reader or a program is told to come again, a task is tried again.
LOCK_SECONDS = env.number("NEWSDESK_LOCK_SECONDS", env.LOCK_SECONDS, 1, 3600)
DATABASES = {"default": env.database("DATABASE_URL", VAR / "newsdesk.sqlite3", HOME, LOCK_SECONDS)}
SQLITE_FILE = Path(DATABASES["default"]["NAME"]) if "sqlite3" in DATABASES["default"]["ENGINE"] else None
permissions.close_to_others(VAR, SQLITE_FILE)  # what an older version or another umask has left open
if SQLITE_FILE:
    # In memory, a worker of the tests could not see it.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EMBEDDED_BROKER = not env.text("REDIS_URL")
EMBEDDED_BROKER_SOCKET = env.embedded_socket(VAR)

CELERY_BROKER_URL = env.broker("REDIS_URL", EMBEDDED_BROKER_SOCKET)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives a queue that is away for an hour

# A task is confirmed when it is done, so that one whose worker was killed is done again; doing it
# twice changes nothing. A message not confirmed within the visibility timeout is delivered again:
# that must be longer than tasks take, and kombu looks for such messages only every
# interval × throttle seconds (by default every 100).
TASK_SECONDS = env.number("NEWSDESK_TASK_SECONDS", 120, 5, 3600)
# What has been told of a country for years is resolved as a whole, and half of it is worth nothing. The message is
# delivered again meanwhile: whoever gets it finds that somebody resolves (pipeline.resolve_waiting), and lets it go.
RESOLVE_SECONDS = 5 * TASK_SECONDS
# A batch is read in a second. One that takes so long holds an article that cannot be read.
READ_SECONDS = max(5, TASK_SECONDS // 4)
# Seconds of processor time that one article may take in a worker; another one of the batch may still follow.
ARTICLE_SECONDS = READ_SECONDS / 3
# What one process of a worker may take for its data, in MiB: more is an error of the task, not of the machine.
WORKER_MEMORY = env.number("NEWSDESK_WORKER_MEMORY", 1024, 300, 1_000_000)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_SECONDS + 15,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
# Whoever sends a message does not wait for a queue that is away: the sweep finds what it was about.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SECONDS * 0.8
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
QUEUES = ("fetch", "read", "resolve")  # deploy/README.md says who listens to which
CELERY_TASK_DEFAULT_QUEUE = "read"
CELERY_TASK_ROUTES = {
    "timeline.tasks.poll": {"queue": "fetch"},
    "timeline.tasks.fetch*": {"queue": "fetch"},
    "timeline.tasks.read": {"queue": "read"},
    # what is seldom and short must not stand behind a thousand batches of articles
    "timeline.tasks.resolve": {"queue": "resolve"},
    "timeline.tasks.sweep": {"queue": "resolve"},
    "timeline.tasks.tidy": {"queue": "resolve"},
    "timeline.tasks.attend": {"queue": "resolve"},
    "timeline.tasks.clear": {"queue": "resolve"},
}
CELERY_TASK_IGNORE_RESULT = True  # the article's row says how far it is, not a result
CELERY_DB_REUSE_MAX = 1000  # tasks on one connection; newsdesk/celery.py looks whether it still works
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB; a child above it is replaced after its task
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "newsdesk.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    # They expire before the next one is due, so that sweeps never pile up behind a long queue.
    "sweep": {"task": "timeline.tasks.sweep", "schedule": 15.0, "options": {"expires": 14}},
    "poll": {"task": "timeline.tasks.poll", "schedule": 30.0, "options": {"expires": 29}},
    "tidy": {"task": "timeline.tasks.tidy", "schedule": 60.0, "options": {"expires": 55}},
    "attention": {"task": "timeline.tasks.attend", "schedule": 60.0, "options": {"expires": 55}},
    "clear": {"task": "timeline.tasks.clear", "schedule": 3600.0, "options": {"expires": 3000}},
}

# --- Feeds --------------------------------------------------------------------------------------

# Whom the machine may ask: the public internet, and these networks beside it. Feeds and redirects name
# addresses that strangers choose; without this they could reach what only this machine can.
FETCH_REACH = Reach(also=tuple(env.networks("NEWSDESK_FETCH_NETWORKS")))
FETCH_PAUSE = env.number("NEWSDESK_FETCH_PAUSE", 2, 0, 3600)  # seconds between two requests to one host

# --- Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_htmx",
    "simple_history",
    "timeline",
]
MIDDLEWARE = [
    "newsdesk.middleware.proxies.Proxies",
    "newsdesk.logging.requests.RequestLog",
    "newsdesk.middleware.headers.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "timeline.http.probes.ProbesMiddleware",
    "timeline.http.input_checks.InputChecks",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "newsdesk.middleware.conditional.ConditionalGet",
    "newsdesk.middleware.unavailable.RetryOrUnavailable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "newsdesk.middleware.page_cache.AnonymousPageCache",
    "timeline.http.rate_limit.PostLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "newsdesk.urls"
WSGI_APPLICATION = "newsdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [(BASE_DIR if HOME == BASE_DIR else BASE_DIR / "newsdesk") / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "timeline"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "timeline" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# The path before all addresses. SCRIPT_NAME of a request counts for nothing: some servers let clients send it.
PREFIX = env.path_prefix("NEWSDESK_PREFIX")
FORCE_SCRIPT_NAME = PREFIX

# Without a folder of collected files they are served from where they lie: nothing to do after a
# clone. With one (`manage.py collectstatic`), from there, under names that change with their content.
STATIC_URL = f"{PREFIX}/static/"
_collected = env.text("NEWSDESK_STATIC_ROOT")
STATIC_ROOT = env.folder("NEWSDESK_STATIC_ROOT", VAR / "static") if _collected else None
WHITENOISE_USE_FINDERS = not _collected
# Collected below VAR they are as private as all else there (the umask); elsewhere another server may read them, too.
FILE_UPLOAD_PERMISSIONS = None if STATIC_ROOT and STATIC_ROOT.is_relative_to(VAR) else 0o644
_static_storage = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if _collected
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}

# Scripts of any site may read what anybody may read, and send no cookie along.
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(feed\.|feed/|changes\.json|export|api/v1/|events/[^/]+\.(json|ics|jsonld)$)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "accept-language", "content-type", "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Retry-After"]
CORS_PREFLIGHT_MAX_AGE = 24 * 3600

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # the admin sends one field for each selected row
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Answers to anonymous readers that each web process keeps, for a minute at most and while no event changes.
PAGES_KEPT = env.number("NEWSDESK_PAGES_KEPT", 100, 0, 10_000)

# Corrections of events wait until a second editor approves them.
TWO_PAIRS = env.flag("NEWSDESK_TWO_PAIRS", default=False)

# Texts that one client may have read by the API in a minute.
EXTRACTS_A_MINUTE = env.number("NEWSDESK_EXTRACTS_A_MINUTE", 60, 1, 1_000_000)

# Seconds of processor time that one text may take which a reader sends (the API's `extract`, the page `/try/`): the
# densest news takes one for 15,000 characters.
EXTRACT_SECONDS = env.number("NEWSDESK_EXTRACT_SECONDS", 3, 1, 60)

HTTPS = env.flag("NEWSDESK_HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(PREFIX[1:])}/)?(healthz|readyz|metrics)$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
SESSION_ENGINE = "newsdesk.sessions"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = PREFIX or "/"
if PREFIX:  # the host has other sites: one that is made with Django, too, must not overwrite cookies of this one
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "newsdesk_session", "newsdesk_csrf"
    LANGUAGE_COOKIE_NAME = "newsdesk_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie of its own has no path
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # the forms carry the token; no script asks the cookie
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Everything that a page loads comes from here, as a file: no script or style stands in a page, none is evaluated.
# There is no nonce, so that a page is the same for all who may keep it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), clipboard-write=(self), fullscreen=(self)"
)
# Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed (timeline/http/clients.py): without them, whoever
# comes through one is counted as one client, and nobody comes by https.
TRUSTED_PROXIES = env.networks("NEWSDESK_TRUSTED_PROXIES")
# Whether HSTS shall hold for other hosts of the domain too is not for newsdesk to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Who may read /metrics: addresses that come directly or through a trusted proxy, or whoever shows the token.
METRICS_FROM = env.networks("NEWSDESK_METRICS_FROM", "127.0.0.0/8, ::1")
METRICS_TOKEN = env.secret("NEWSDESK_METRICS_TOKEN")

LOG_LEVEL = env.choice("NEWSDESK_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("NEWSDESK_LOG_FORMAT", "plain", formats.FORMATS)
LOGGING = formats.logging_of(LOG_LEVEL, LOG_FORMAT)
