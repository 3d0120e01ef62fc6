# One image for every process: web server, workers, beat, embedder (docs/going-live.md says how to run them).

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin vouchsafe \
    && mkdir /data && chown vouchsafe /data
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py requirements.txt ./
COPY project ./project
COPY widgets ./widgets
COPY assistant ./assistant
COPY frontend_static ./frontend_static
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=project.settings.production \
    VOUCHSAFE_HOME=/data \
    STATIC_ROOT=/app/static \
    HOST=0.0.0.0 \
    PORT=8000
# collectstatic reads the settings but speaks to no service; nothing of these values stays in the image.
RUN DATABASE_URL=postgresql://build/build REDIS_URL=redis://build SECRET_KEY=only-for-this-step ALLOWED_HOSTS=build \
    python manage.py collectstatic --no-input
USER vouchsafe
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "project.runtime", "web"]
