# The portal as one image: web, worker and beat are three commands of it. Built by `docker compose build`.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=gate40.settings \
    GATE40_SYSTEM_PYTHON=1 \
    GATE40_ALIVE_FILE=/run/gate40/alive \
    STATIC_ROOT=/app/static-served \
    MEDIA_ROOT=/media \
    ROOM_FILES_ROOT=/rooms
# What WeasyPrint draws the report of the assembly with; Debian's own, whichever is current.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin gate40 \
    && install --directory --owner=gate40 /media /rooms /run/gate40
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Only names are needed to collect static files: none of these keys reaches the running portal.
RUN SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built-000 \
    MAIL_LINK_KEY=nor-does-this-one-it-only-lets-the-image-be-built-0123456789 PORTAL_BASE_URL=https://build.invalid EMAIL_URL=smtp://build.invalid:25 \
    DATABASE_URL=postgres://build.invalid/none REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --no-input --verbosity 0
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "gate40.wsgi:application"]
