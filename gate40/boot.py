"""What must hold before the portal starts at all."""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

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
        raise ImproperlyConfigured("OIDC_ISSUER needs a package: pip install 'django-allauth[socialaccount]'")
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


def dangers(settings: dict) -> list[str]:
    """Sentences that say which settings must not go live; empty when all is well."""
    hosts = set(settings["ALLOWED_HOSTS"])
    is_exposed = not settings["IS_EMBEDDED"] or not hosts <= LOOPBACK
    key = settings["SECRET_KEY"]
    checks = [
        ("*" in hosts, "ALLOWED_HOSTS must name the hosts: with '*' anyone can put their address in a reset mail."),
        (is_exposed and settings["DEBUG"], "DEBUG must be off when the portal answers to other machines."),
        (
            len(key) < 50 or key.startswith("django-insecure"),
            "SECRET_KEY must be a random text of at least 50 characters.",
        ),
        (not settings["MAIL_LINK_KEY"], "MAIL_LINK_KEY is missing: links in mails need a key of their own."),
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
    return [sentence for is_wrong, sentence in checks if is_wrong]


def refuse_dangerous_settings(settings: dict) -> None:
    """Stop the start with one message that lists every danger."""
    if found := dangers(settings):
        raise ImproperlyConfigured("The portal does not start:\n- " + "\n- ".join(found))
