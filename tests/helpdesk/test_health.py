"""`/healthz` and `/readyz`."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.celery import HEARTBEAT_KEY


def test_living_process_answers_without_the_database(client: Client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_installation_with_a_fresh_heartbeat_is_ready(client: Client):
    cache.set(HEARTBEAT_KEY, time.time())

    response = client.get("/readyz")

    assert response.json() == {"database": "ok", "migrations": "ok", "broker": "ok", "beat": "ok"}
    assert response.status_code == 200


@pytest.mark.django_db
def test_silent_beat_is_reported(client: Client):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["beat"] == "no heartbeat yet"


@pytest.mark.django_db
def test_old_heartbeat_is_reported(client: Client):
    cache.set(HEARTBEAT_KEY, time.time() - 300)

    response = client.get("/readyz")

    assert response.json()["beat"] == "last heartbeat 300 s ago"
