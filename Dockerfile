FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/helpdesk
COPY requirements.production.lock .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.production.lock

COPY . .
# The values stand in for what only the running container knows; collecting files reads none of them.
RUN SECRET_KEY=build HELPDESK_URL=https://build HELPDESK_FILES=/build HELPDESK_MAIL_FROM=build@localhost \
    DATABASE_URL=postgres://build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput --verbosity 0 \
    && groupadd --gid 10001 helpdesk \
    && useradd --uid 10001 --gid helpdesk --no-create-home helpdesk \
    && mkdir --parents .local \
    && chown helpdesk:helpdesk .local \
    && install --directory --owner helpdesk --group helpdesk --mode 0750 /srv/files

USER helpdesk
ENV HELPDESK_BIND=0.0.0.0
EXPOSE 8000
CMD ["gunicorn", "helpdesk.wsgi", "--config", "gunicorn.conf.py"]
