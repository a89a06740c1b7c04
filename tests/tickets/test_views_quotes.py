"""Quotes in the portal: the card, the page of an approver, the one-time link."""

from __future__ import annotations

from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from helpdesk.customers.models import User
from tests.builders import MONDAY, a_member, an_operator, portal, prague
from tests.tickets.desk import text_of
from tests.tickets.quotes import a_case, a_sent_quote, an_approved_quote, token_for
from tickets.models import Quote, QuoteLink
from tickets.services import conversation, quote_decisions

pytestmark = pytest.mark.django_db

APPROVE = {"decision": "approve", "name": "Hana Malá"}
REFUSE = {"decision": "refuse", "name": "Hana Malá", "reason": "Moc drahé."}


@pytest.fixture(autouse=True)
def _operator():
    an_operator()


@pytest.fixture
def clock():
    with time_machine.travel(prague("2026-03-03T09:00"), tick=False) as traveller:
        yield traveller


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def link_of(person: User) -> str:
    return f"/kalkulace/odkaz/{token_for(person)}/"


# Signed in


@pytest.mark.req("S1-16")
def test_the_author_sees_the_quote_and_who_decides(clock):
    case = a_case()
    a_sent_quote(case, text="Nová sestava.")

    page = text_of(client_of(case.alice).get(f"/pozadavky/{case.ticket.pk}/"))

    assert "4 800,00 Kč" in page
    assert "Nová sestava." in page
    assert "Kalkulaci schvaluje schvalovatel vaší firmy" in page
    assert "Schválit kalkulaci" not in page


@pytest.mark.req("S1-16")
def test_an_approver_who_does_not_see_the_request_decides_on_the_page_of_the_quote(clock):
    case = a_case()
    quote = a_sent_quote(case)
    client = client_of(case.hana)

    assert client.get(f"/pozadavky/{case.ticket.pk}/").status_code == 404
    assert "Schválit kalkulaci" in text_of(client.get(f"/kalkulace/{quote.pk}/"))
    answer = client.post(f"/kalkulace/{quote.pk}/", APPROVE)

    quote.refresh_from_db()
    assert (answer.url, quote.state) == (f"/kalkulace/{quote.pk}/", "approved")


def test_an_approver_who_sees_the_request_decides_on_its_page(clock):
    case = a_case()
    case.hana.memberships.update(is_manager=True)
    quote = a_sent_quote(case)
    client = client_of(case.hana)

    assert "Schválit kalkulaci" in text_of(client.get(f"/pozadavky/{case.ticket.pk}/"))
    answer = client.post(f"/kalkulace/{quote.pk}/", REFUSE)

    case.ticket.refresh_from_db()
    assert (answer.url, case.ticket.status) == (f"/pozadavky/{case.ticket.pk}/", "closed")


@pytest.mark.req("D26")
def test_opening_a_quote_changes_nothing(clock):
    case = a_case()
    quote = a_sent_quote(case)

    client_of(case.hana).get(f"/kalkulace/{quote.pk}/?decision=approve&name=Hana")
    Client().get(link_of(case.hana), {"decision": "approve", "name": "Hana"})

    quote.refresh_from_db()
    assert (quote.state, QuoteLink.objects.get().used_at) == ("sent", None)


def test_the_author_cannot_approve_by_a_post(clock):
    case = a_case()
    quote = a_sent_quote(case)

    answer = client_of(case.alice).post(f"/kalkulace/{quote.pk}/", APPROVE)

    quote.refresh_from_db()
    assert (answer.status_code, quote.state) == (409, "sent")


def test_missing_credit_is_said_where_it_was_approved(clock):
    case = a_case(credit=1000)
    quote = a_sent_quote(case)

    answer = client_of(case.hana).post(f"/kalkulace/{quote.pk}/", APPROVE | {"name": "Ing. Hana Malá"})

    assert answer.status_code == 409
    assert "Dobijte prosím kredit" in text_of(answer)
    assert 'value="Ing. Hana Malá"' in text_of(answer)


def test_drafts_and_foreign_quotes_are_not_found(clock):
    case, foreign = a_case(), a_case()
    quote = a_sent_quote(foreign)

    assert client_of(case.hana).get(f"/kalkulace/{quote.pk}/").status_code == 404


def test_an_approved_quote_shows_its_bar(clock):
    case = a_case()
    an_approved_quote(case)

    page = text_of(client_of(case.alice).get(f"/pozadavky/{case.ticket.pk}/"))

    assert '<progress value="0" max="100"' in page
    assert "0,00 Kč z 4 800,00 Kč bez DPH, zbývá 4 800,00 Kč" in page.replace('<b class="num">', "").replace("</b>", "")


@pytest.mark.req("S1-16")
def test_the_overview_says_whose_turn_it_is(clock):
    case = a_case()
    quote = a_sent_quote(case)

    approvers = text_of(client_of(case.hana).get("/"))
    authors = text_of(client_of(case.alice).get("/"))

    assert f'<a href="/kalkulace/{quote.pk}/">Schvalte kalkulaci</a>' in approvers
    assert "Celkem nejvýše 4 800,00 Kč bez DPH, platí do 16. 3. 2026." in approvers
    assert "Čeká na schválení kalkulace</a>: Nelze uložit fakturu do DMS. Rozhodne schvalovatel vaší firmy." in authors


# One-time link


@pytest.mark.req("D19")
def test_an_approver_approves_by_the_link_without_signing_in(clock):
    case = a_case()
    quote = a_sent_quote(case)
    client = Client()

    page = text_of(client.get(link_of(case.hana)))
    done = client.post(link_of(case.hana), APPROVE)

    quote.refresh_from_db()
    case.ticket.refresh_from_db()
    assert "Celkem nejvýše" in page
    assert "Kalkulace je schválená" in text_of(done)
    assert (quote.state, quote.decided_by, quote.decided_ip, case.ticket.status) == (
        "approved",
        case.hana,
        "127.0.0.1",
        "escalated",
    )


@pytest.mark.req("D19")
def test_a_link_works_once(clock):
    case = a_case()
    a_sent_quote(case)
    Client().post(link_of(case.hana), REFUSE)

    again = Client().post(link_of(case.hana), APPROVE)

    assert again.status_code == 410
    assert "Odkaz funguje jen jednou." in text_of(again)
    assert Quote.objects.get().state == "refused"


@pytest.mark.req("D19")
def test_a_colleagues_decision_makes_the_other_link_void(clock):
    case = a_case()
    eva = a_member(case.ticket.customer, "Eva Nová", is_approver=True)
    a_sent_quote(case)
    Client().post(link_of(case.hana), APPROVE)

    other = Client().get(link_of(eva))

    assert other.status_code == 410
    assert "O kalkulaci už rozhodl někdo z vaší firmy: schválená, Hana Malá." in text_of(other)


@pytest.mark.req("D19")
def test_another_persons_link_is_refused_to_whoever_is_signed_in(clock):
    case = a_case()
    quote = a_sent_quote(case)

    answer = client_of(case.alice).post(link_of(case.hana), APPROVE)

    quote.refresh_from_db()
    assert (answer.status_code, quote.state) == (410, "sent")
    assert "Odkaz je jen pro osobu Hana Malá." in text_of(answer)


@pytest.mark.req("D19")
@pytest.mark.parametrize(("at", "status"), [("2026-03-16T09:59:59", 200), ("2026-03-16T10:00", 410)])
def test_a_link_lasts_fourteen_days(at, status):
    case = a_case()
    a_sent_quote(case)

    with time_machine.travel(prague(at), tick=False):
        assert Client().get(link_of(case.hana)).status_code == status


@pytest.mark.req("D19")
def test_a_link_is_for_one_version(clock):
    case = a_case()
    a_sent_quote(case)
    old = link_of(case.hana)
    a_sent_quote(case, ceiling_price=Decimal(3600))

    answer = Client().post(old, APPROVE)

    assert answer.status_code == 410
    assert "Tuto verzi nahradila novější." in text_of(answer)
    assert [one.state for one in Quote.objects.all()] == ["superseded", "sent"]


@pytest.mark.req("D19")
def test_above_the_limit_the_link_leads_to_the_sign_in(clock):
    case = a_case()
    quote = a_sent_quote(case)
    case.contract.signed_in_approval_above = Decimal(4000)
    case.contract.save()

    by_link = Client().post(link_of(case.hana), APPROVE)
    signed_in = client_of(case.hana).post(f"/kalkulace/{quote.pk}/", APPROVE)

    quote.refresh_from_db()
    assert "jen po přihlášení" in text_of(by_link)
    assert (by_link.status_code, signed_in.status_code, quote.state) == (410, 302, "approved")


def test_a_former_approver_cannot_use_the_link(clock):
    case = a_case()
    a_sent_quote(case)
    case.hana.memberships.update(is_approver=False)

    assert Client().post(link_of(case.hana), APPROVE).status_code == 410


def test_an_unknown_link_is_not_found():
    assert Client().get("/kalkulace/odkaz/nikdo-ho-nema/").status_code == 404


def test_the_name_is_asked_for(clock):
    case = a_case()
    quote = a_sent_quote(case)

    answer = Client().post(link_of(case.hana), APPROVE | {"name": " "})

    quote.refresh_from_db()
    assert (answer.status_code, quote.state) == (422, "sent")
    assert "Napište své jméno." in text_of(answer)


@pytest.mark.req("D19")
def test_a_mailed_reply_never_approves():
    case = a_case()
    quote = a_sent_quote(case)

    conversation.post_message(ticket=case.ticket, body="Schvaluji kalkulaci.", by=portal(case.hana), at=MONDAY)

    quote.refresh_from_db()
    assert quote.state == "sent"


def test_the_secret_of_a_link_is_not_stored():
    case = a_case()
    a_sent_quote(case)
    token = token_for(case.hana)

    assert list(QuoteLink.objects.filter(token_hash=token)) == []
    assert quote_decisions.hash_of(token) == QuoteLink.objects.get().token_hash
