"""Dockerfile and docker-compose.yml are what their linters accept, and the linters do see faults."""

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
