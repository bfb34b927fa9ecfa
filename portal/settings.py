"""One settings file; the environment decides, and is read strictly."""

import json
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import inventory, networks, requests, retention, sso

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.FileAwareEnv()

DEBUG = env.bool("EARWITNESS_DEBUG", default=False)


# --- Secrets ---------------------------------------------------------------


def _read_keys() -> dict[str, Any]:
    """The key file (docs/keys.md): session secret and key rings, outside the database."""
    path = Path(env.str("EARWITNESS_KEYS_FILE", default=str(VAR_DIR / "keys.json")))
    try:
        keys: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError as error:
        message = (
            f"No key file at {path}. `make run` makes one for development; "
            "for production see docs/keys.md and set EARWITNESS_KEYS_FILE."
        )
        raise ImproperlyConfigured(message) from error
    except ValueError as error:
        raise ImproperlyConfigured(f"The key file {path} is not JSON.") from error
    return keys


_keys = _read_keys()
SECRET_KEY: str = _keys["secret_key"]
SECRET_KEY_FALLBACKS: list[str] = _keys.get("secret_key_fallbacks", [])
KEY_RINGS: dict[str, list[str]] = _keys["rings"]


# --- Applications ------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "recordings",
    "compliance",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "auditlog",
    "rest_framework",
    "rest_framework_api_key",
    "allauth.account",
    "allauth.mfa",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "portal.middleware.RequestContext",
    "portal.middleware.NoNulls",
    "portal.middleware.ClosedDoors",
    "portal.middleware.PublicHost",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.compression.GzipPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.maintenance.MaintenanceMode",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "compliance.web.session_limits.SessionLimits",
    "compliance.web.rate_limit.RateLimit",
    "compliance.web.recheck.ProviderRecheck",
    "compliance.web.middleware.ActingPerson",
    "compliance.web.second_factor.SecondFactorDue",
    "allauth.account.middleware.AccountMiddleware",
    "portal.viewer.ViewerZone",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.frame.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

_ALL_SURFACES = ["web", "api", "webhook", "admin", "metrics", "scim"]
SURFACES = env.list("SURFACES", default=_ALL_SURFACES)
if set(SURFACES) - {*_ALL_SURFACES, "public"}:
    known = ", ".join([*_ALL_SURFACES, "public"])
    raise ImproperlyConfigured(f"SURFACES wants some of {known}.")
if "admin" in SURFACES and "web" not in SURFACES:
    raise ImproperlyConfigured("SURFACES: admin wants web, where people sign in.")
METRICS_TOKEN = env.str("EARWITNESS_METRICS_TOKEN", default="")
"""What Prometheus says to read /metrics; without one there are none."""


# --- Storage of rows, messages and objects -------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}
if _idle := env.int("DATABASE_IDLE_IN_TRANSACTION_SECONDS", default=60):
    _cut = f"-c idle_in_transaction_session_timeout={_idle}s"  # else seals would wait
    DATABASES["default"]["OPTIONS"]["options"] = _cut

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default=REDIS_URL),
        "KEY_PREFIX": "earwitness",
    }
}


def _media_store() -> dict[str, Any]:
    """Where recordings live: an S3 bucket when one is named, else a folder."""
    bucket = env.str("EARWITNESS_S3_BUCKET", default="")
    if not bucket:
        root = env.str("EARWITNESS_MEDIA_ROOT", default=str(VAR_DIR / "media"))
        return {"kind": "local", "root": Path(root)}
    endpoint = env.str("EARWITNESS_S3_ENDPOINT", default="")
    return {
        "kind": "s3",
        "bucket": bucket,
        "region": env.str("EARWITNESS_S3_REGION"),
        "endpoint": endpoint,
        "public_endpoint": env.str("EARWITNESS_S3_PUBLIC_ENDPOINT", default=""),
        "path_style": env.bool("EARWITNESS_S3_PATH_STYLE", default=False),
        # whether the store says of each object that it encrypted it: AWS does
        "encrypted": env.bool("EARWITNESS_S3_ENCRYPTED", default=not endpoint),
        "checksums": env.str("EARWITNESS_S3_CHECKSUMS", default="when_required"),
        "access_key": env.str("EARWITNESS_S3_ACCESS_KEY", default=""),
        "secret_key": env.str("EARWITNESS_S3_SECRET_KEY", default=""),
        "session_token": env.str("EARWITNESS_S3_SESSION_TOKEN", default=""),
        "egress_credentials": env.str("EARWITNESS_EGRESS_CREDENTIALS", default="own"),
        "role_arn": env.str("EARWITNESS_EGRESS_ROLE_ARN", default=""),
        "external_id": env.str("EARWITNESS_EGRESS_EXTERNAL_ID", default=""),
    }


MEDIA_STORE = _media_store()


def _vault_store() -> dict[str, Any]:
    """Where what is written once goes: beside the recordings, or a bucket of its own."""
    bucket = env.str("EARWITNESS_VAULT_BUCKET", default="")
    return {**MEDIA_STORE, "bucket": bucket} if bucket else MEDIA_STORE


VAULT_STORE = _vault_store()


# --- LiveKit -------------------------------------------------------------------

LIVEKIT_URL = env.str("LIVEKIT_URL", default="")


def _pairs(entries: list[str]) -> dict[str, str]:
    """Read `key=secret` entries, in order."""
    pairs = dict(entry.split("=", 1) for entry in entries if "=" in entry)
    if len(pairs) != len(entries):
        raise ImproperlyConfigured("LIVEKIT_API_KEYS wants key=secret,key2=secret2.")
    return pairs


LIVEKIT_API_KEYS = _pairs(env.list("LIVEKIT_API_KEYS", default=[]))
"""API key to secret. The first signs our calls; all of them verify webhooks."""

LIVEKIT_SIMULATOR = env.bool("EARWITNESS_SIMULATOR", default=DEBUG)
BACKUP_DAYS = env.int("EARWITNESS_BACKUP_DAYS", default=7)
"""How long LiveKit's backup store keeps what Egress could not write to ours."""
HOLD_COOLING_DAYS = max(1, env.int("EARWITNESS_HOLD_COOLING_DAYS", default=14))
"""So long everything stays on hold after a hold was released."""
PRODUCTION_DAYS = max(1, env.int("EARWITNESS_PRODUCTION_DAYS", default=30))
"""So long the files of a production can be taken."""
PRODUCTION_VOLUME_MB = max(1, env.int("EARWITNESS_PRODUCTION_VOLUME_MB", default=2_000))
"""How large a ZIP of it gets, in millions of bytes; one recording is never split."""
JOURNAL_DAYS = env.int("EARWITNESS_JOURNAL_DAYS", default=400)
"""So long the vault keeps a page of the journal: longer than any backup may live."""
INVENTORY = inventory.read(env)  # when database and store are compared
EGRESS_ROUTES = env.bool("EARWITNESS_EGRESS_ROUTES", default=False)
"""Whether LiveKit (1.13) and Egress (1.14) route media: people then have a channel."""
PART_MINUTES = env.int("EARWITNESS_PART_MINUTES", default=170)
"""The next part of a long call starts before this; 0: Egress has no limit of its own."""
RENDITIONS_AT_ONCE = env.int("EARWITNESS_RENDITIONS_AT_ONCE", default=1)
"""So many recordings are written as another kind of file at a time."""
CALL_LABELS = env.list(
    "EARWITNESS_CALL_LABELS",
    default=["ticket", "campaign", "queue", "contact", "regime"],
)
"""The labels and external references that are kept; everything else is dropped."""


# --- Consent -------------------------------------------------------------------

CONSENT_FALLBACK = {
    "nanp": env.str("EARWITNESS_FALLBACK_NANP", default="notice"),
    "europe": env.str("EARWITNESS_FALLBACK_EUROPE", default="explicit"),
    "elsewhere": env.str("EARWITNESS_FALLBACK_ELSEWHERE", default="explicit"),
}
"""What is asked of a party whose place is not known: one_party, notice or explicit."""
if set(CONSENT_FALLBACK.values()) - {"one_party", "notice", "explicit"}:
    raise ImproperlyConfigured("EARWITNESS_FALLBACK_*: one_party, notice or explicit.")

LEGAL_TIME_ZONE, FISCAL_YEAR_BEGINS = retention.read(env)
"""Where days begin for retention, and on which month and day a fiscal year does."""

REQUESTS: dict[str, Any] = requests.read(env, SURFACES)  # of people: docs/requests.md
# --- What leaves the portal ------------------------------------------------------

PORTAL_URL = env.str("EARWITNESS_URL", default="").rstrip("/")
"""The address people know this portal by: links in mails start with it."""
MAIL_IS_ON = bool(env.str("EMAIL_URL", default=""))
if MAIL_IS_ON:
    globals().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EARWITNESS_MAIL_FROM", default="earwitness@localhost")
EVENTS_ALLOW_PRIVATE = env.bool("EARWITNESS_EVENTS_ALLOW_PRIVATE", default=False)
"""Whether events may be sent to addresses inside a private network."""
SIEM_NETWORKS = networks.read(env.list("EARWITNESS_SIEM_NETWORKS", default=[]))
"""In which a SIEM may be sent the audit log (docs/siem.md)."""


# --- Celery --------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "health_check_interval": 25,
}
"""For workers; who publishes waits less (`compliance.publish`)."""
CELERY_TIMEZONE = "UTC"


# --- People at the door ----------------------------------------------------------

AUTH_USER_MODEL = "compliance.Person"
OIDC: dict[str, Any] = sso.read(env)
"""The identity provider (docs/sso.md); empty: there is none."""
AUTHENTICATION_BACKENDS = [
    "compliance.access.backend.PasswordBackend",
    *([sso.BACKEND] if OIDC else []),
]
LOCAL_LOGIN = env.bool("EARWITNESS_LOCAL_LOGIN", default=DEBUG)
"""Whether accounts with a password of this portal may sign in (docs/break-glass.md)."""
SECOND_FACTOR = env.bool("EARWITNESS_SECOND_FACTOR", default=not DEBUG)
"""Whether a local account can do nothing before it has a second factor."""
STEP_UP_SECONDS = env.int("EARWITNESS_STEP_UP_SECONDS", default=600)
"""So long a second factor counts as fresh for what asks for one."""
MFA_ADAPTER = "compliance.access.factors.adapter.SealedFactors"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Earwitness"
MFA_TOTP_TOLERANCE = 1
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,5/15m/key"}
"""Second factors; passwords are counted by `access.lockout`, in the same figures."""
SCIM_SUBJECT = env.str("EARWITNESS_SCIM_SUBJECT", default="externalId")
"""What of a directory's account is the subject of its login (docs/scim.md)."""
if SCIM_SUBJECT not in {"externalId", "userName"}:
    raise ImproperlyConfigured("EARWITNESS_SCIM_SUBJECT wants externalId or userName.")
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "compliance.access.session_store"
SESSION_COOKIE_AGE = env.int("EARWITNESS_SESSION_SECONDS", default=8 * 3600)
SESSION_IDLE_SECONDS = env.int("EARWITNESS_IDLE_SECONDS", default=15 * 60)
"""A session ends when nobody did or heard anything for so long."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AUDITLOG_LOGENTRY_MODEL = "compliance.AuditEntry"
AUDITLOG_DISABLE_REMOTE_ADDR = True
# auditlog's migrations would leave a second, unprotected log table that nobody writes
MIGRATION_MODULES = {"auditlog": None}

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
"""How many proxies of ours stand in front; the client is that many hops from the right."""

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("EARWITNESS_HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
if HTTPS:  # no other host, and no page without encryption, can set or read these
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# what is asked inside a cluster: by probes, Prometheus, LiveKit and agents, who carry
# a token or a signature, and whom a redirect would not help
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$", r"^(webhooks|api|scim)/"]
# a preload list is joined by the owner of the domain, for all of its hosts
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
)


def _media_origins() -> list[str]:
    """The store origins that pages may play audio from."""
    if MEDIA_STORE["kind"] == "local":
        return []
    endpoint = MEDIA_STORE["public_endpoint"] or MEDIA_STORE["endpoint"]
    endpoint = endpoint or f"https://s3.{MEDIA_STORE['region']}.amazonaws.com"
    if MEDIA_STORE["path_style"]:
        return [endpoint]
    return [endpoint.replace("://", f"://{MEDIA_STORE['bucket']}.", 1)]


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, *_media_origins()],
        # a copy and signing out: the answers to their forms lead away
        "form-action": [SELF, *_media_origins(), *sso.origin(OIDC)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}


# --- API -------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "compliance.api.authentication.ServiceKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["compliance.api.parsers.ShallowJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "compliance.api.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["compliance.api.throttling.PerCaller"],
    "EXCEPTION_HANDLER": "compliance.api.errors.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REQUESTS_A_MINUTE = env.int("EARWITNESS_REQUESTS_A_MINUTE", default=600)
"""For each service key, and for each person; requests of agents in calls are free."""
WAITING_REQUESTS = env.int("EARWITNESS_WAITING_REQUESTS", default=2)
"""So many threads of a process may wait for an answer (`?wait=`): half of its threads."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Earwitness",
    "DESCRIPTION": _("Calls, consent and recordings on LiveKit telephony."),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "compliance.api.description.declare_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PurposeEnum": "compliance.models.Purpose",
        "CaptureEnum": "recordings.models.Call.Capture",
        "PartStateEnum": "recordings.models.Recording.State",
        "CallStateEnum": "recordings.recording_state.State",
        "RemedyEnum": "compliance.models.Remedy",
        "KindEnum": "recordings.models.ConsentRecord.Kind",
        "RequestKindEnum": "compliance.models.SubjectRequest.Kind",
    },
}


# --- Words, times and files --------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
"""Each by its own name. One's choice comes first, then what the browser asks for."""
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = ["portal.formats"]
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("EARWITNESS_STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "portal.static_files.ServedAppsFinder",
    "portal.npm_static.NpmFinder",
]


def _exports() -> dict[str, Any]:
    """Where lists and reports lie for a day: beside the recordings, or in a folder."""
    if MEDIA_STORE["kind"] == "s3":
        return {"BACKEND": "recordings.media_store.exports.ExportStorage"}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "exports",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "exports": _exports(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "portal.static_files.HashedFiles"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LOGGING_CONFIG = "portal.log_config.configure"
LOGGING: dict[str, Any] = {"level": env.str("LOG_LEVEL", default="INFO")}
