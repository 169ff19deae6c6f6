"""What must hold before the portal starts at all."""

import os
import secrets
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# Whoever names one of these has more in mind than a look at the demo.
NAMED_IN_PRODUCTION = {"EMAIL_URL", "MAIL_LINK_KEY", "MAIL_BOUNCES_TO", "OIDC_ISSUER"}
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


def key_from_file(path: Path) -> str:
    """The secret kept in `path`, made on first use (mode 0600). Two processes that start at once agree on one."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)  # fails when somebody was faster: then theirs holds
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def oidc_provider(env) -> dict | None:
    """The OpenID Connect gateway that the environment names (OIDC_ISSUER and its client), or None."""
    if not env.str("OIDC_ISSUER", default=""):
        return None
    if not find_spec("jwt"):
        raise ImproperlyConfigured("OIDC_ISSUER needs two packages: pip install 'pyjwt[crypto]' requests")
    return {
        "provider_id": env.str("OIDC_ID", default="spid"),
        "name": env.str("OIDC_NAME", default="SPID o CIE"),
        "client_id": env.str("OIDC_CLIENT_ID"),
        "secret": env.str("OIDC_SECRET"),
        "settings": {"server_url": env.str("OIDC_ISSUER"), "oauth_pkce_enabled": True},
    }


def origin(url) -> str:
    """ "https://gateway.example" of an address there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def named(env) -> set[str]:
    """Which of the variables that tell how the portal is meant stand in the environment."""
    return {name for name in (*NAMED_IN_PRODUCTION, "SECRET_KEY", "GATE40_EMBEDDED") if name in env}


def forgot_key(names: set[str]) -> bool:
    """Is this the embedded run only because nobody thought of the key?"""
    return bool(names & NAMED_IN_PRODUCTION) and not names & {"SECRET_KEY", "GATE40_EMBEDDED"}


def is_weak(key: str) -> bool:
    """Too short, known, or made of so few characters that it was not drawn at random."""
    return len(key) < 50 or key.startswith("django-insecure") or len(set(key)) < 12


def close_to_others(*paths: Path) -> None:
    """What only the portal's own account may read: folders 0700, files 0600."""
    for path in paths:
        with suppress(OSError):  # it is not there, or only lent to us
            path.chmod(0o700 if path.is_dir() else 0o600)


def dangers(settings: dict) -> list[str]:
    """Sentences that say which settings must not go live; empty when all is well."""
    hosts, host = set(settings["ALLOWED_HOSTS"]), urlsplit(settings["PORTAL_BASE_URL"]).hostname or ""
    is_embedded, is_seen = settings["IS_EMBEDDED"], not (hosts | {host}) <= LOOPBACK | {"::1"}
    return [
        sentence
        for is_wrong, sentence in (
            *_dangers_of_the_place(settings, hosts, is_embedded, is_seen),
            *_dangers_of_the_keys(settings),
        )
        if is_wrong
    ]


def _dangers_of_the_place(settings, hosts, is_embedded, is_seen):
    """Who can reach the portal, and what it would tell them."""
    is_exposed = not is_embedded or is_seen
    return [
        ("*" in hosts, "ALLOWED_HOSTS must name the hosts: with '*' anyone can put their address in a reset mail."),
        (is_exposed and settings["DEBUG"], "DEBUG must be off when the portal answers to other machines."),
        (
            is_embedded and is_seen,
            "ALLOWED_HOSTS or PORTAL_BASE_URL names another machine, but this is the embedded run: set SECRET_KEY too.",
        ),
        (
            is_embedded and forgot_key(settings["NAMED"]),
            "SECRET_KEY is missing: without it this is the embedded run. If that is meant, say GATE40_EMBEDDED=1.",
        ),
        (
            not is_embedded and settings["IS_DEMO"],
            "GATE40_DEMO must be off in production: the demo's logins are published.",
        ),
        (not settings["EMAIL_TIMEOUT"], "EMAIL_TIMEOUT must be set, or a silent mail server stops every worker."),
        (
            "postgresql" not in settings["DATABASES"]["default"]["ENGINE"],
            "DATABASE_URL must name a PostgreSQL database.",
        ),
        (
            is_exposed and urlsplit(settings["PORTAL_BASE_URL"]).scheme != "https",
            "PORTAL_BASE_URL must begin with https:// when the portal answers to other machines.",
        ),
        (
            not settings["IS_EMBEDDED"] and settings["EMAIL_BACKEND"].endswith("OutboxBackend"),
            "EMAIL_URL is missing: without it no mail would leave the portal.",
        ),
    ]


def _dangers_of_the_keys(settings):
    return [
        (is_weak(settings["SECRET_KEY"]), "SECRET_KEY must be a random text of at least 50 characters."),
        (
            is_weak(settings["MAIL_LINK_KEY"]),
            "MAIL_LINK_KEY must be a random text of at least 50 characters: links in mails need a key of their own.",
        ),
        (
            settings["MAIL_LINK_KEY"] == settings["SECRET_KEY"],
            "MAIL_LINK_KEY and SECRET_KEY must differ: the one outlives the other.",
        ),
    ]


def refuse_dangerous_settings(settings: dict) -> None:
    """Stop the start with one message that lists every danger."""
    if found := dangers(settings):
        raise ImproperlyConfigured("The portal does not start:\n- " + "\n- ".join(found))
