"""Dockerfile and docker-compose.yml are what their linters accept, and the linters do see faults."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def lints(text, tmp_path):
    """Exit code of hadolint for a Dockerfile."""
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    return subprocess.run([BIN / "hadolint", path], capture_output=True, text=True)


def fits_schema(text, tmp_path):
    path = tmp_path / "docker-compose.yml"
    path.write_text(text)
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_dockerfile_has_no_finding(tmp_path):
    done = lints((ROOT / "Dockerfile").read_text(), tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_sees_a_careless_dockerfile(tmp_path):
    assert lints("FROM python\nRUN cd /app && pip install django\n", tmp_path).returncode == 1


def test_the_compose_file_fits_its_schema(tmp_path):
    done = fits_schema((ROOT / "docker-compose.yml").read_text(), tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_schema_sees_a_mistyped_key(tmp_path):
    wrong = (ROOT / "docker-compose.yml").read_text().replace("depends_on:", "depend_on:", 1)
    assert fits_schema(wrong, tmp_path).returncode == 1


@pytest.mark.parametrize("name", ["SECRET_KEY", "MAIL_LINK_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "EMAIL_URL"])
def test_every_secret_comes_from_the_environment_and_is_listed_empty_in_the_example(name):
    assert f"${{{name}:?" in (ROOT / "docker-compose.yml").read_text()
    assert f"\n{name}=\n" in (ROOT / ".env.example").read_text()


def test_no_engine_is_reachable_from_outside():
    ports = [line.strip() for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "ports:" in line]
    assert ports
    assert all('"127.0.0.1:' in line for line in ports)


# Settings on their way into the containers ----------------------------------------------------------------------------
OF_THE_IMAGE = {  # the image or the compose file decides, nobody else
    "BEHIND_TLS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DEBUG", "EMAIL_OUTBOX_DIR", "GATE40_DEMO", "GATE40_EMBEDDED",
    "MEDIA_ROOT", "REDIS_URL", "ROOM_FILES_ROOT", "STATIC_ROOT", "TRUSTED_PROXY_COUNT",
}  # fmt: skip
OF_THE_ENGINES = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}  # they reach the portal within an address


def named_in_example(text):
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def passed_on(compose):
    """Names that the containers of the portal get from .env under the same name."""
    return {
        name
        for name, source in re.findall(r"^    ([A-Z0-9_]+): .*?\$\{([A-Z0-9_]+)", compose, re.MULTILINE)
        if name == source
    }


def read_by(*sources):
    """Names that the code asks the environment for."""
    pattern = r'\benv(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)"|"([A-Z][A-Z0-9_]+)" (?:not )?in env\b'
    return {name for text in sources for pair in re.findall(pattern, text) for name in pair if name}


def left_out(example, compose, *sources):
    """Settings that are lost somewhere between .env, the containers and the code."""
    listed, asked = named_in_example(example), read_by(*sources) - OF_THE_IMAGE
    return (listed - OF_THE_ENGINES - passed_on(compose)) | (listed - OF_THE_ENGINES) ^ asked


def settings_texts():
    names = (".env.example", "docker-compose.yml", "gate40/settings.py", "gate40/boot.py")
    return [(ROOT / name).read_text() for name in names]


def test_every_setting_of_the_example_reaches_the_containers_and_is_read_and_every_one_that_is_read_is_listed():
    assert left_out(*settings_texts()) == set()


@pytest.mark.parametrize(
    ("text", "old", "lost"),
    [
        (0, "#MAIL_SENDERS=1\n", "MAIL_SENDERS"),
        (1, "    PORTAL_CONTACT_EMAIL: ${PORTAL_CONTACT_EMAIL:-}\n", "PORTAL_CONTACT_EMAIL"),
        (2, 'env.str("MAIL_BOUNCES_TO", default="")', "MAIL_BOUNCES_TO"),
    ],
)
def test_the_comparison_sees_a_setting_that_is_lost(text, old, lost):
    texts = settings_texts()
    assert old in texts[text]
    texts[text] = texts[text].replace(old, "")
    assert left_out(*texts) == {lost}


def test_a_setting_left_blank_is_not_set():
    """The compose file passes everything on, and what .env does not name arrives blank."""
    code = "from gate40 import settings as s; print(s.KEEP_LOG_DAYS, s.MAIL_BOUNCES_IMAP, s.PORTAL['brand'])"
    environ = {**os.environ, "KEEP_LOG_DAYS": "", "MAIL_BOUNCES_IMAP": "", "PORTAL_BRAND": "", "GATE40_EMBEDDED": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stdout.strip() == "365 None Gate 4.0 Massa-Carrara", done.stderr
