"""What every request passes: readable errors, its number, the sender's address, the policy for scripts."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django_fsm import TransitionNotAllowed

from helpdesk.errors import DomainError
from helpdesk.middleware import STALE

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

SENTENCE = "Požadavek je už uzavřený. Založte nový a odkažte na tento."


def refuse(request: HttpRequest) -> HttpResponse:
    raise DomainError(SENTENCE)


def refuse_transition(request: HttpRequest) -> HttpResponse:
    raise TransitionNotAllowed("internal words")


def break_down(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def show_sender(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.META["REMOTE_ADDR"])


def show_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))


def show_page_of_ours(request: HttpRequest) -> HttpResponse:
    return render(request, "409.html", {"frame": "solo.html"})


urlpatterns = [
    path("refuse", refuse),
    path("api/refuse", refuse),
    path("refuse-transition", refuse_transition),
    path("break-down", break_down),
    path("sender", show_sender),
    path("nonce", show_nonce),
    path("backoffice/nonce", show_nonce),
    path("backoffice/", admin.site.urls),
    path("page-of-ours", show_page_of_ours),
]
handler500 = "helpdesk.errorpages.server_error"


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_broken_rule_is_told_on_the_page_before(client: Client):
    response = client.post("/refuse", headers={"Referer": "http://testserver/pozadavky/7/?tab=historie"})

    assert (response.status_code, response["Location"]) == (302, "/pozadavky/7/?tab=historie")
    assert messages_of(response) == [SENTENCE]


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_broken_rule_never_sends_people_elsewhere(client: Client, referer: str):
    response = client.post("/refuse", headers={"Referer": referer})

    assert (response.status_code, response["Location"]) == (302, "/")


def test_transition_that_came_too_late_is_told_in_czech(client: Client):
    response = client.post("/refuse-transition")

    assert messages_of(response) == [STALE]


def test_fragment_with_a_broken_rule_reloads_the_page(client: Client):
    response = client.post("/refuse", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/pozadavky/7/"})

    assert (response.status_code, response["HX-Redirect"]) == (200, "/pozadavky/7/")
    assert messages_of(response) == [SENTENCE]


@pytest.mark.django_db
def test_page_that_cannot_be_shown_says_why_itself(client: Client):
    response = client.get("/refuse", headers={"Referer": "http://testserver/refuse"})

    assert response.status_code == 409
    assert f"<p>{SENTENCE}</p>" in response.content.decode()


def test_program_gets_the_sentence_as_problem_json(client: Client):
    response = client.post("/api/refuse")

    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert json.loads(response.content) == {"type": "about:blank", "title": "Conflict", "status": 409, "detail": SENTENCE}


def test_failure_of_ours_shows_the_mark_that_the_log_has(client: Client):
    client.raise_request_exception = False

    response = client.get("/break-down")

    assert response.status_code == 500
    assert f"<code>{response['X-Request-ID']}</code>" in response.content.decode()


def test_request_number_of_a_stranger_is_not_taken_over(client: Client):
    response = client.get("/sender", headers={"X-Request-ID": "11111111-2222"})

    assert response["X-Request-ID"] != "11111111-2222"


def test_request_number_of_our_proxy_is_kept(client: Client, settings: Any):
    settings.PROXIES = 1

    response = client.get("/sender", headers={"X-Request-ID": "11111111-2222"})

    assert response["X-Request-ID"] == "11111111-2222"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "sender"),
    [
        (0, "203.0.113.9", b"127.0.0.1"),
        (1, "203.0.113.9", b"203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", b"203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", b"203.0.113.9"),
        (2, "203.0.113.9", b"127.0.0.1"),
        (1, "", b"127.0.0.1"),
    ],
)
def test_sender_is_who_our_outermost_proxy_saw(client: Client, settings: Any, proxies: int, forwarded: str, sender: bytes):
    settings.PROXIES = proxies

    response = client.get("/sender", headers={"X-Forwarded-For": forwarded})

    assert response.content == sender


def policy_of(response: Any) -> dict[str, str]:
    directives = (directive.strip().split(" ", 1) for directive in response["Content-Security-Policy"].split(";"))
    return dict(directives)


def test_portal_runs_only_its_own_scripts_and_those_with_the_nonce(client: Client):
    response = client.get("/nonce")

    assert policy_of(response) == {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{response.content.decode()}'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' blob:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }


def test_relaxed_policy_holds_in_the_backoffice_only(client: Client):
    response = client.get("/backoffice/nonce")

    assert policy_of(response)["script-src"] == "'self' 'unsafe-inline' 'unsafe-eval'"


@pytest.mark.django_db
def test_page_of_ours_with_an_undefined_variable_fails(client: Client):
    with pytest.raises(AssertionError) as failure:
        client.get("/page-of-ours")

    assert str(failure.value) == "Undefined variable sentence in templates/409.html"


def test_ipv4_sender_seen_over_ipv6_has_its_ipv4_address():
    assert Client(REMOTE_ADDR="::ffff:192.0.2.7").get("/sender").content == b"192.0.2.7"
