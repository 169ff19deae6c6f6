"""One settings file: the environment decides, the defaults run the embedded portal.

Nothing set in the environment means the embedded run of `manage.py up`: engines from wheels, a secret key made on first
use and kept in `var/`, mail into a browsable outbox. `.env.example` lists every variable.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from .boot import close_to_others, key_from_file, named, oidc_provider, origin, refuse_dangerous_settings
from .engines import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()
env.ENVIRON = {name: value for name, value in os.environ.items() if value}  # left blank is not set

# Who we are ----------------------------------------------------------------------------------------------------------
IS_EMBEDDED = env.bool("GATE40_EMBEDDED", default="SECRET_KEY" not in os.environ)
IS_DEMO = env.bool("GATE40_DEMO", default=IS_EMBEDDED)
NAMED = named(env)
close_to_others(BASE_DIR / ".env")
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000")
PORTAL = {
    "brand": env.str("PORTAL_BRAND", default="Gate 4.0 Massa-Carrara"),
    "tagline": env.str("PORTAL_TAGLINE", default="La rete apuana della manifattura avanzata"),
    "institution": env.str("PORTAL_INSTITUTION", default="Consorzio Zona Industriale Apuana"),
    "institution_code": env.str("PORTAL_INSTITUTION_CODE", default="consorzio-esempio"),  # in the index of open data
    "institution_url": env.str("PORTAL_INSTITUTION_URL", default=""),
    "contact_email": env.str("PORTAL_CONTACT_EMAIL", default="sportello@consorzio.example"),
    "address": env.str("PORTAL_ADDRESS", default="Massa (MS)"),
    "accessibility_url": env.str("PORTAL_ACCESSIBILITY_URL", default=""),
    "home_province": env.str("PORTAL_HOME_PROVINCE", default="MS"),
}

# Security ------------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or key_from_file(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Links in mails outlive a rotated SECRET_KEY, so they have a key of their own.
MAIL_LINK_KEY = env.str("MAIL_LINK_KEY", default="") or (
    key_from_file(VAR_DIR / "mail_link_key") if IS_EMBEDDED else ""
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
IS_BEHIND_TLS = env.bool("BEHIND_TLS", default=PORTAL_BASE_URL.startswith("https://"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_TLS else None
SECURE_SSL_REDIRECT = IS_BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^salute/$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_BEHIND_TLS else 0
# A portal below a domain that others use too says no to one or both: browsers would ask https of them all.
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_BEHIND_TLS and env.bool("HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS and env.bool("HSTS_PRELOAD", default=True)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_BEHIND_TLS
if IS_BEHIND_TLS:  # names that no other host, and no page without TLS, can set a cookie for
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"  # links in mails open signed in
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # a profile with every competence of the taxonomy
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
# What one request may bring, in bytes: a sign-in; a file for a room; the open data of all incentives.
LARGEST_BODY = {"anonymous": 200_000, "member": 12_000_000, "staff": 64_000_000}
MOST_ROWS = 120  # rows that one form may say it has
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],  # the theme's css carries its icon font
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Application ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "gate40",
    "gate40.observatory",
    "members",
    "matchmaking",
    "news",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "django_prose_editor",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "gate40.middleware.PagesAndForms",
    "gate40.doors.middleware.ReasonableRequests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "gate40.middleware.ItalianUnlessChosen",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gate40.middleware.IdleStaffAreSignedOut",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gate40.middleware.PrivatePagesAreNotStored",
]
ROOT_URLCONF = "gate40.urls"
WSGI_APPLICATION = "gate40.wsgi.application"
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
                "gate40.context.portal",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
FORMS_URLFIELD_ASSUME_HTTPS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Engines -------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=embedded.database_url(BASE_DIR))}
DATABASES["default"].update(
    CONN_MAX_AGE=60,
    CONN_HEALTH_CHECKS=True,
    DISABLE_SERVER_SIDE_CURSORS=True,  # a transaction-mode pool may stand in between
)
REDIS_URL = env.str("REDIS_URL", default=embedded.redis_url(BASE_DIR))
CACHES = {"default": {"BACKEND": "gate40.cache.SafeRedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # A killed worker's task comes back within seconds, not after kombu's usual hundred.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_ACCEPT_CONTENT = ["json"]
# Mail that somebody waits for has a worker of its own: no long task stands before it.
CELERY_TASK_ROUTES = {"news.tasks.send_urgent": {"queue": "urgent"}}
CELERY_TIMEZONE = "Europe/Rome"
# Nothing between two and three in the morning: that hour is missing or doubled twice a year.
CELERY_BEAT_SCHEDULE = {
    "matches: whoever changed and was missed": {
        "task": "matchmaking.tasks.refresh_stale",
        "schedule": 60,
    },
    "matches: everything, every night": {
        "task": "matchmaking.tasks.rebuild",
        "schedule": crontab(hour=4, minute=10),
    },
    "facts: whatever was not heard": {
        "task": "members.tasks.tell_facts",
        "schedule": 60,
    },
    "search: the words that misspelt ones are mended to": {
        "task": "members.tasks.refresh_vocabulary",
        "schedule": 900,
    },
    "digest: whoever is due": {
        "task": "news.tasks.compose_digests",
        "schedule": crontab(minute=5),
    },
    "reminders: whoever is due": {
        "task": "news.tasks.compose_reminders",
        "schedule": crontab(minute=15),
    },
    "profiles: whoever has not looked theirs over for long": {
        "task": "news.tasks.remind_of_ageing",
        "schedule": crontab(minute=25),
    },
    "mail: whatever came back": {
        "task": "news.tasks.read_returned_mail",
        "schedule": 600,
    },
    "observatory: the month that is over": {
        "task": "gate40.observatory.tasks.publish_closed_months",
        "schedule": crontab(hour=4, minute=20),
    },
    "retention: mail and subscriptions": {
        "task": "news.tasks.apply_retention",
        "schedule": crontab(hour=4, minute=40),
    },
    "retention: accounts": {
        "task": "members.tasks.forget_unverified",
        "schedule": crontab(hour=4, minute=50),
    },
    "retention: security events": {
        "task": "members.tasks.forget_events",
        "schedule": crontab(hour=4, minute=55),
    },
    "retention: lists that staff uploaded": {
        "task": "members.tasks.forget_uploads",
        "schedule": crontab(hour=4, minute=55),
    },
    "requests: reminders, the broker's list, the end": {
        "task": "matchmaking.tasks.run_the_clock",
        "schedule": crontab(minute=25),
    },
    "outcomes: whoever is to be asked": {
        "task": "news.tasks.ask_outcomes",
        "schedule": crontab(minute=25),
    },
    "rooms: files that nobody knows": {
        "task": "matchmaking.tasks.sweep_rooms",
        "schedule": crontab(hour=4, minute=40),
    },
    "newsletters: whichever is due": {
        "task": "news.tasks.start_newsletters",
        "schedule": 60,
    },
    "mail: whoever waits at the screen": {
        "task": "news.tasks.send_urgent",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "mail: whatever waits": {
        "task": "news.tasks.send_due",
        "schedule": 15,
    },
}

# Accounts ------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an address is unique whatever its capitals: a constraint says so
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "gate40.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # to change how one signs in
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = PORTAL["brand"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_EMBEDDED  # browsers allow passkeys on http://localhost
# The staff reach the admin only with a second factor; a demo on one's own machine lets them in without.
STAFF_NEED_SECOND_FACTOR = env.bool("STAFF_NEED_SECOND_FACTOR", default=not IS_DEMO)
STAFF_IDLE_HOURS = env.int("STAFF_IDLE_HOURS", default=8)  # a session that asks for nothing so long has ended
# Sign-in through an OpenID Connect gateway (SPID, CIE): an extra, see docs/accounts.md.
if oidc := oidc_provider(env):
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [oidc]}}
    SOCIALACCOUNT_LOGIN_ON_GET = False
    SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # a gateway's address alone never opens an account that exists
    PORTAL["gateway"] = {"id": oidc["provider_id"], "name": oidc["name"]}
    # The button of the sign-in page is a form that ends at the gateway: browsers ask the policy there too.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += [origin(oidc["settings"]["server_url"])]

# Mail ----------------------------------------------------------------------------------------------------------------
EMAIL_OUTBOX_DIR = env.path("EMAIL_OUTBOX_DIR", default=str(VAR_DIR / "posta"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
# After a mail's last dot: RFC 5321 asks for ten minutes, for filters read the mail before they answer.
EMAIL_DOT_TIMEOUT = env.int("EMAIL_DOT_TIMEOUT", default=600)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{PORTAL['brand']} <portale@gate40.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where bounces go: "rimbalzi@consorzio.example" becomes "rimbalzi+<who>@…" on each envelope. Empty: to the sender.
MAIL_BOUNCES_TO = env.str("MAIL_BOUNCES_TO", default="")
# Where an answer goes that somebody writes to a mail of ours.
MAIL_REPLY_TO = env.str("MAIL_REPLY_TO", default=PORTAL["contact_email"])
# imaps://user:password@host:993/INBOX, for `manage.py read_bounces --imap`
MAIL_BOUNCES_IMAP = env.db_url("MAIL_BOUNCES_IMAP", engine="imap") if "MAIL_BOUNCES_IMAP" in env else None
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)  # 0: as fast as the server takes it
MAIL_PER_MINUTE_PER_DOMAIN = env.int("MAIL_PER_MINUTE_PER_DOMAIN", default=0)
MAIL_SENDERS = env.int("MAIL_SENDERS", default=1)  # tasks that send at once; fewer than the worker has processes
# Mails under way, for each sender, that a power cut may leave uncertain; 1: slower, safest.
MAIL_WINDOW = env.int("MAIL_WINDOW", default=20)
if "EMAIL_URL" in env:
    mail = env.email("EMAIL_URL")
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = mail["EMAIL_BACKEND"], mail["EMAIL_HOST"], mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_USER"] or "", mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = mail.get("EMAIL_USE_TLS", False), mail.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "gate40.outbox.OutboxBackend"

# How long things are kept (docs/privacy.md) ---------------------------------------------------------------------------
KEEP_UNCONFIRMED_DAYS = env.int("KEEP_UNCONFIRMED_DAYS", default=7)  # whoever asked and did not confirm
KEEP_UNVERIFIED_DAYS = env.int("KEEP_UNVERIFIED_DAYS", default=30)  # accounts whose address nobody confirmed
KEEP_ENDED_DAYS = env.int("KEEP_ENDED_DAYS", default=730)  # subscriptions that were ended
KEEP_DELIVERIES_DAYS = env.int("KEEP_DELIVERIES_DAYS", default=730)  # then only counts
KEEP_SET_ASIDE_DAYS = env.int("KEEP_SET_ASIDE_DAYS", default=90)  # answers to the address for returned mail
KEEP_LOG_DAYS = env.int("KEEP_LOG_DAYS", default=365)  # what the staff did in the admin

# Language, time, files -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "it"
LANGUAGES = [("it", _("Italiano")), ("en", _("Inglese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["gate40.formats"]
TIME_ZONE = "Europe/Rome"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
# Of Bootstrap Italia's package only the files: its templates break under hashed names and print messages unescaped.
BOOTSTRAP_ITALIA = Path(find_spec("bootstrap_italia_template").origin).with_name("static")
STATICFILES_DIRS = [BASE_DIR / "static", BOOTSTRAP_ITALIA]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(VAR_DIR / "static"))
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# What two organizations give each other: apart from everything that a web server might be told to serve.
ROOM_FILES_ROOT = env.path("ROOM_FILES_ROOT", default=str(VAR_DIR / "stanze"))
# The embedded run serves from where the files lie; a container serves what `collectstatic` hashed and compressed.
WHITENOISE_USE_FINDERS = IS_EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "bare": {"format": "%(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "json": {"class": "logging.StreamHandler", "formatter": "bare"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "weasyprint": {"level": "ERROR"},  # a PDF is not a page of log
        "fontTools": {"level": "WARNING"},
        "gate40.security": {"handlers": ["json"], "propagate": False, "level": "INFO"},  # one JSON object a line
    },
}

refuse_dangerous_settings(globals())
