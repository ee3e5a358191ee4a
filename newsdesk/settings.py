"""All settings. Without environment variables newsdesk runs by itself: SQLite and an embedded queue.

deploy/env.example lists every variable. A wrong value stops the start and names what is allowed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from newsdesk import environment as env
from newsdesk.logging import formats
from timeline.fetching.reach import Reach
from timeline.operations import permissions

BASE_DIR = Path(__file__).resolve().parent.parent  # holds the packages; processes are started here
HOME = env.home(BASE_DIR)

# Files that newsdesk's processes and their children write are for the user that runs them only.
os.umask(permissions.UMASK)
# Everything newsdesk writes by itself: the database, the queue, the key.
VAR = env.folder("NEWSDESK_VAR", HOME / "var")
SITE_WEIGHTS = VAR / "learnt" / "weights.npz"  # what `manage.py learn --apply` learnt from this site's editors

SECRET_KEY = env.secret_key("NEWSDESK_SECRET_KEY", VAR / "secret_key")
DEBUG = env.flag("NEWSDESK_DEBUG", default=False)
ALLOWED_HOSTS = env.names("NEWSDESK_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
PORT = env.number("NEWSDESK_PORT", 8000, 0, 65535)

# --- Database and queue -------------------------------------------------------------------------

# The longest wait for a lock: then a request is answered with 503 and a task is tried again.
LOCK_SECONDS = env.number("NEWSDESK_LOCK_SECONDS", env.LOCK_SECONDS, 1, 3600)
DATABASES = {"default": env.database("DATABASE_URL", VAR / "newsdesk.sqlite3", HOME, LOCK_SECONDS)}
SQLITE_FILE = Path(DATABASES["default"]["NAME"]) if "sqlite3" in DATABASES["default"]["ENGINE"] else None
permissions.close_to_others(VAR, SQLITE_FILE)  # files that an older version or another umask left open
if SQLITE_FILE:
    # A worker process of the tests could not see a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EMBEDDED_BROKER = not env.text("REDIS_URL")
EMBEDDED_BROKER_SOCKET = env.embedded_socket(VAR)

CELERY_BROKER_URL = env.broker("REDIS_URL", EMBEDDED_BROKER_SOCKET)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives an outage of the queue of an hour

# A task is acknowledged when it is done, so that the task of a killed worker runs again; running it twice changes
# nothing. A message not acknowledged within the visibility timeout is delivered again: the timeout must be longer than
# tasks take, and kombu looks for such messages only every interval × throttle seconds (by default every 100).
TASK_SECONDS = env.number("NEWSDESK_TASK_SECONDS", 120, 5, 3600)
# A key is resolved in one piece, which takes long for years of reports; a partial result is useless. The message is
# delivered again meanwhile: its receiver finds the key being resolved (pipeline.resolve_waiting) and drops it.
RESOLVE_SECONDS = 5 * TASK_SECONDS
# A batch is read in a second. One that takes this long holds an article that cannot be read.
READ_SECONDS = max(5, TASK_SECONDS // 4)
# Seconds of processor time for one article in a worker: a second slow article of the batch still fits the limit.
ARTICLE_SECONDS = READ_SECONDS / 3
# The data of one worker process, in MiB: a task that needs more fails, before the machine runs out of memory.
WORKER_MEMORY = env.number("NEWSDESK_WORKER_MEMORY", 1024, 300, 1_000_000)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_SECONDS + 15,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
# Senders do not wait while the queue is down: the recovery task finds the rows of lost messages.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SECONDS * 0.8
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
QUEUES = ("fetch", "read", "resolve", "model")  # deploy/README.md lists which workers listen to which
CELERY_TASK_DEFAULT_QUEUE = "read"
CELERY_TASK_ROUTES = {
    "timeline.tasks.poll": {"queue": "fetch"},
    "timeline.tasks.fetch*": {"queue": "fetch"},
    "timeline.tasks.deliver": {"queue": "fetch"},
    "timeline.tasks.subscribe": {"queue": "fetch"},
    "timeline.tasks.read": {"queue": "read"},
    # rare and short tasks must not wait for a thousand batches of articles
    "timeline.tasks.resolve": {"queue": "resolve"},
    "timeline.tasks.recover": {"queue": "resolve"},
    "timeline.tasks.tidy": {"queue": "resolve"},
    "timeline.tasks.attend": {"queue": "resolve"},
    "timeline.tasks.alert": {"queue": "resolve"},
    "timeline.tasks.clear": {"queue": "resolve"},
    "timeline.tasks.choose_second": {"queue": "resolve"},
    "timeline.tasks.read_second": {"queue": "model"},
}
CELERY_TASK_IGNORE_RESULT = True  # progress is kept in the article's row, not in a result
CELERY_DB_REUSE_MAX = 1000  # tasks on one connection; newsdesk/celery.py checks that it still works
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB; a child above it is replaced after its task
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "newsdesk.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    # They expire before the next one is due, so that recoveries never pile up in a long queue.
    "recover": {"task": "timeline.tasks.recover", "schedule": 15.0, "options": {"expires": 14}},
    "poll": {"task": "timeline.tasks.poll", "schedule": 30.0, "options": {"expires": 29}},
    "subscribe": {"task": "timeline.tasks.subscribe", "schedule": 60.0, "options": {"expires": 55}},
    "tidy": {"task": "timeline.tasks.tidy", "schedule": 60.0, "options": {"expires": 55}},
    "attention": {"task": "timeline.tasks.attend", "schedule": 60.0, "options": {"expires": 55}},
    "alert": {"task": "timeline.tasks.alert", "schedule": 15.0, "options": {"expires": 14}},
    "second reader": {"task": "timeline.tasks.choose_second", "schedule": 30.0, "options": {"expires": 29}},
    "clear": {"task": "timeline.tasks.clear", "schedule": 3600.0, "options": {"expires": 3000}},
}

# --- Feeds --------------------------------------------------------------------------------------

# What may be fetched: the public internet and these networks. Feeds and redirects contain URLs that strangers choose;
# without this guard they could reach services that only this machine can.
FETCH_REACH = Reach(also=tuple(env.networks("NEWSDESK_FETCH_NETWORKS")))
FETCH_PAUSE = env.number("NEWSDESK_FETCH_PAUSE", 2, 0, 3600)  # seconds between two requests to one host

# --- Alerts -------------------------------------------------------------------------------------

# Scheme and host of links in what is sent to readers: there is no request that would tell them.
SITE_URL = env.site_url("NEWSDESK_URL", f"http://localhost:{PORT}")
# Where the hubs of feeds can call newsdesk; where nobody said where it is, no hub is asked (docs/sources.md).
PUBLIC_URL = SITE_URL if env.text("NEWSDESK_URL") else ""
# Without a mail server alerts go to webhooks alone.
_mail = env.mail("NEWSDESK_MAIL_URL")
CAN_MAIL = bool(_mail)
globals().update(_mail)
DEFAULT_FROM_EMAIL = env.text("NEWSDESK_MAIL_FROM", f"newsdesk@{urlsplit(SITE_URL).hostname}")
# Where webhooks of readers may lead, beside the public internet.
WEBHOOK_REACH = Reach(also=tuple(env.networks("NEWSDESK_WEBHOOK_NETWORKS")))

# --- Who runs the site ------------------------------------------------------------------------

# Said on the page `/about/`: who runs it, an address of theirs (https:// or mailto:), and the licence of the data.
OPERATOR = env.text("NEWSDESK_OPERATOR")
OPERATOR_LINK = env.link("NEWSDESK_OPERATOR_LINK")
DATA_LICENCE = env.text("NEWSDESK_DATA_LICENCE")
DATA_LICENCE_LINK = env.link("NEWSDESK_DATA_LICENCE_LINK")

# --- Second reader ------------------------------------------------------------------------------

# A language model behind an OpenAI-compatible address, such as http://127.0.0.1:11434/v1. Without one nothing is asked.
MODEL_URL = env.text("NEWSDESK_MODEL_URL").rstrip("/")
MODEL_NAME = env.text("NEWSDESK_MODEL_NAME")
MODEL_KEY = env.secret_or_file("NEWSDESK_MODEL_KEY")
MODEL_SECONDS = env.number("NEWSDESK_MODEL_SECONDS", 60, 1, 3600)  # for one answer
MODEL_CONCURRENCY = env.number("NEWSDESK_MODEL_CONCURRENCY", 1, 1, 100)  # questions at once
MODEL_CALLS_A_DAY = env.number("NEWSDESK_MODEL_CALLS_A_DAY", 2000, 1, 10_000_000)
MODEL_TOKENS_A_DAY = env.number("NEWSDESK_MODEL_TOKENS_A_DAY", 3_000_000, 1, 10_000_000_000)
# Where the model may be, beside the public internet: a loopback address is usual.
MODEL_REACH = Reach(also=tuple(env.networks("NEWSDESK_MODEL_NETWORKS", "127.0.0.0/8, ::1")))

# --- Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_htmx",
    "ninja",  # its static files: Swagger UI
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
    "timeline.http.preferences.Preferences",
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
                "timeline.http.preferences.context",
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

# Proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted (timeline/http/clients.py): without them, all clients
# of a proxy count as one client, and none as using https.
TRUSTED_PROXIES = env.networks("NEWSDESK_TRUSTED_PROXIES")

# --- Single sign-on -----------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
# An identity provider (OpenID Connect). Off unless it is set; needs the extra `sso`.
_oidc = env.oidc("NEWSDESK_OIDC")
OIDC_ON = bool(_oidc)
if OIDC_ON:
    INSTALLED_APPS.append("mozilla_django_oidc")
    AUTHENTICATION_BACKENDS.append("timeline.admin.openid_connect.ProviderBackend")
    OIDC_ISSUER = _oidc["ISSUER"]
    OIDC_OP_AUTHORIZATION_ENDPOINT, OIDC_OP_TOKEN_ENDPOINT = _oidc["AUTHORIZE_URL"], _oidc["TOKEN_URL"]
    OIDC_OP_USER_ENDPOINT, OIDC_OP_JWKS_ENDPOINT = _oidc["USER_URL"], _oidc["KEYS_URL"]
    OIDC_RP_CLIENT_ID, OIDC_RP_CLIENT_SECRET = _oidc["CLIENT_ID"], _oidc["CLIENT_SECRET"]
    OIDC_RP_SIGN_ALGO = "RS256"
    OIDC_RP_SCOPES = env.text("NEWSDESK_OIDC_SCOPES", "openid email profile")
    OIDC_NAME_FIELD = env.text("NEWSDESK_OIDC_NAME_FIELD", "preferred_username")
    OIDC_GROUPS_FIELD = env.text("NEWSDESK_OIDC_GROUPS_FIELD", "groups")
    OIDC_USE_PKCE = True
    OIDC_TIMEOUT = 10
    OIDC_REDIRECT_ALLOWED_HOSTS: list[str] = []
# Headers in which a trusted proxy names who is signed in there, and the roles.
USER_HEADER = env.header("NEWSDESK_USER_HEADER")
GROUPS_HEADER = env.header("NEWSDESK_GROUPS_HEADER") if USER_HEADER else ""
if USER_HEADER and not TRUSTED_PROXIES:
    raise ImproperlyConfigured("NEWSDESK_USER_HEADER needs NEWSDESK_TRUSTED_PROXIES: nobody else may set that header.")
if USER_HEADER:
    AUTHENTICATION_BACKENDS.append("timeline.admin.single_sign_on.ProxyBackend")
    MIDDLEWARE.insert(1, "newsdesk.middleware.remote_user.DropForgedUser")
    _after = MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
    MIDDLEWARE.insert(_after, "newsdesk.middleware.remote_user.ProxyUser")

LANGUAGE_CODE = "en"  # of browsers that want none of these
LANGUAGES = [(code, str(LANG_INFO[code]["name_local"])) for code in ("zh-hans", "zh-hant", "en")]
LOCALE_PATHS = [BASE_DIR / "timeline" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# The path before all URLs. A request's SCRIPT_NAME is ignored: some servers let clients send it.
PREFIX = env.path_prefix("NEWSDESK_PREFIX")
FORCE_SCRIPT_NAME = PREFIX

# Without a folder of collected files, static files are served from the source tree: nothing to do after a clone. With
# one (`manage.py collectstatic`) they are served from it, under names that change with their content.
STATIC_URL = f"{PREFIX}/static/"
_collected = env.text("NEWSDESK_STATIC_ROOT")
STATIC_ROOT = env.folder("NEWSDESK_STATIC_ROOT", VAR / "static") if _collected else None
WHITENOISE_USE_FINDERS = not _collected
# Collected below VAR, files are as private as all else there (the umask); elsewhere another server may read them, too.
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

# Scripts of any site may read what is public, without cookies.
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(feed\.|feed/|changes\.json|export|api/v1/|events/[^/]+\.(json|ics|jsonld)$)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "accept-language", "content-type", "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After"]
CORS_PREFLIGHT_MAX_AGE = 24 * 3600

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # the admin sends one field for each selected row
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# The anonymous answers that each web process caches, for at most a minute and until an event changes.
PAGES_KEPT = env.number("NEWSDESK_PAGES_KEPT", 100, 0, 10_000)

# Corrections of events wait for the approval of a second editor.
TWO_PAIRS = env.flag("NEWSDESK_TWO_PAIRS", default=False)

# Events that only the invented newsrooms of the sample articles report are taken off the timeline.
HIDE_SAMPLES = env.flag("NEWSDESK_HIDE_SAMPLES", default=False)

# A translation service that speaks the API of LibreTranslate, for editors; "" for none. It may be on this machine.
TRANSLATE_URL = env.text("NEWSDESK_TRANSLATE_URL").rstrip("/")
TRANSLATE_KEY = env.secret_or_file("NEWSDESK_TRANSLATE_KEY")
TRANSLATE_REACH = Reach(also=tuple(env.networks("NEWSDESK_TRANSLATE_NETWORKS", "127.0.0.0/8, ::1")))

# Texts that one client may send to the API's `extract` in a minute.
EXTRACTS_A_MINUTE = env.number("NEWSDESK_EXTRACTS_A_MINUTE", 60, 1, 1_000_000)

# Seconds of processor time for one text of a client (the API's `extract`, the page `/try/`): the densest news takes one
# second for 15,000 characters.
EXTRACT_SECONDS = env.number("NEWSDESK_EXTRACT_SECONDS", 3, 1, 60)

HTTPS = env.flag("NEWSDESK_HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(PREFIX[1:])}/)?(healthz|readyz|metrics)$"]  # requested without TLS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
SESSION_ENGINE = "newsdesk.sessions"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = PREFIX or "/"
if PREFIX:  # other Django sites on the same host must not overwrite the cookies
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "newsdesk_session", "newsdesk_csrf"
    LANGUAGE_COOKIE_NAME = "newsdesk_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # the cookie storage ignores the path
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script reads the cookie
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# A page loads everything from here, as files: no inline script or style, no eval. There is no nonce, so that a page is
# the same for every client and can be cached.
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
# Whether HSTS also covers other hosts of the domain is not newsdesk's decision.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Who may read /metrics: these addresses, direct or through a trusted proxy, or any client with the token.
METRICS_FROM = env.networks("NEWSDESK_METRICS_FROM", "127.0.0.0/8, ::1")
METRICS_TOKEN = env.secret("NEWSDESK_METRICS_TOKEN")

LOG_LEVEL = env.choice("NEWSDESK_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("NEWSDESK_LOG_FORMAT", "plain", formats.FORMATS)
LOGGING = formats.logging_of(LOG_LEVEL, LOG_FORMAT)
