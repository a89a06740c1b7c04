"""The work list: queues, order, filters, words, paging, acts on several requests, and what it costs."""

import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_ignore

from helpdesk.customers.models import User
from tests.builders import (
    MONDAY,
    a_cancelled_ticket,
    a_closed_ticket,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    portal,
    prague,
)
from tickets.models import Status
from tickets.services.complaints import file_complaint
from tickets.services.people import watch

pytestmark = pytest.mark.django_db

LIST = "/backoffice/tickets/ticket/"
FRAGMENT = LIST + "fragment/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def numbers(client: Client, query: str = "") -> list[int]:
    """The numbers of the requests in the list, in its order."""
    page = client.get(f"{FRAGMENT}?{query}").content.decode()
    return [int(number) for number in re.findall(r'href="(\d+)/change/"', page)]


def queue_counts(client: Client) -> dict[str, str]:
    page = client.get(FRAGMENT).content.decode()
    return dict(re.findall(r'fronta=([\w-]+)"[^>]*>[^<]* <span class="count">([^<]+)<', page))


@pytest.mark.req("S4-10")
def test_nearest_deadline_comes_first_then_the_gravest_and_the_oldest():
    contract = a_contract()
    minor, critical, question = (
        a_paragraph(contract, severity=3),
        a_paragraph(contract, severity=1),
        a_paragraph(contract, kind="question", has_sla=False, severity=2),
    )
    late = a_ticket(paragraph=critical, at=prague("2026-03-04T08:00"))
    asked = a_ticket(paragraph=question, at=prague("2026-03-02T08:00"))
    early_minor = a_ticket(paragraph=minor, at=prague("2026-03-03T08:00"))
    early_critical, second_critical = (a_ticket(paragraph=critical, at=prague("2026-03-03T08:00")) for _ in range(2))

    found = numbers(signed_in(a_staff_member()))

    assert found == [early_critical.pk, second_critical.pk, early_minor.pk, late.pk, asked.pk]


def test_each_queue_has_what_waits_in_it_and_its_count():
    dana = a_staff_member()
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    new = a_ticket()
    question = an_accepted_ticket(paragraph=a_paragraph(kind="question", has_sla=False))
    mine = an_escalated_ticket(assignee=dana)
    escalated = an_escalated_ticket(assignee=petr)
    suspended = a_suspended_ticket(assignee=petr)
    resolved = a_resolved_ticket(assignee=petr)
    disputed = a_resolved_ticket(assignee=petr)
    file_complaint(ticket=disputed, reason="Chyba trvá.", by=portal(disputed.author), at=MONDAY)
    closed = a_closed_ticket(assignee=petr)
    a_cancelled_ticket()
    watch(ticket=escalated, user=dana)
    client = signed_in(dana)

    found = {queue: numbers(client, f"fronta={queue}") for queue in queue_counts(client)}

    assert found == {
        "aktualni": [new.pk, mine.pk, escalated.pk, disputed.pk, question.pk, suspended.pk],
        "nove": [new.pk],
        "moje": [mine.pk],
        "eskalovane": [mine.pk, escalated.pk],
        "ceka": [suspended.pk],
        "reklamace": [disputed.pk],
        "dotazy": [question.pk],
        "k-uzavreni": [resolved.pk],
        "sledovane": [escalated.pk],
    }
    assert queue_counts(client) == {queue: str(len(rows)) for queue, rows in found.items()}
    assert closed.pk in numbers(client, "fronta=vsechny")


@pytest.mark.req("S4-22")
def test_cancelled_requests_are_listed_only_when_asked_for():
    cancelled = a_cancelled_ticket()
    client = signed_in(a_staff_member())

    assert numbers(client, "fronta=vsechny") == []
    assert numbers(client, "fronta=vsechny&stav=cancelled") == [cancelled.pk]


def test_list_is_narrowed_by_customer_contract_solver_state_and_channel():
    lipa = a_customer(name="Nábytek Lípa s.r.o.")
    contract = a_contract(lipa, number="LIPA-7")
    wanted = an_escalated_ticket(paragraph=a_paragraph(contract))
    other = a_ticket()
    client = signed_in(a_staff_member())

    for query in (
        "zakaznik=nabytek",
        f"zakaznik=Lípa+({lipa.ico})",
        "smlouva=LIPA",
        f"resi={wanted.assignee_id}",
        "stav=escalated",
    ):
        assert numbers(client, query) == [wanted.pk], query
    assert numbers(client, "resi=nikdo") == [other.pk]
    assert numbers(client, "kanal=email") == []
    assert numbers(client, "resi=nesmysl&stav=nesmysl&kanal=nesmysl") == [other.pk, wanted.pk]


def test_words_are_found_blind_to_diacritics():
    ticket = a_ticket(subject="Chyba v účetnictví")
    a_ticket(subject="Tiskárna netiskne")

    assert numbers(signed_in(a_staff_member()), "q=ucetnictvi") == [ticket.pk]


def test_number_leads_straight_to_the_request():
    ticket = a_ticket()

    response = signed_in(a_staff_member()).get(f"{LIST}?q={ticket.pk}")

    assert (response.status_code, response["Location"]) == (302, f"{LIST}{ticket.pk}/change/")


@pytest.mark.parametrize("queue", ["aktualni", "vsechny"])
def test_pages_follow_each_other_without_gap_or_repeat(queue: str):
    paragraph = a_paragraph()
    author = a_member(paragraph.contract.customer)
    filed = [a_ticket(paragraph=paragraph, author=author).pk for _ in range(30)]
    client = signed_in(a_staff_member())
    expected = filed if queue == "aktualni" else filed[::-1]

    first = client.get(f"{LIST}?fronta={queue}").content.decode()
    [following] = re.findall(r'href="\?([^"]+)">Další<', first)

    assert numbers(client, f"fronta={queue}") == expected[:25]
    assert numbers(client, following.replace("&amp;", "&")) == expected[25:]


def test_forged_mark_of_a_place_shows_the_beginning():
    ticket = a_ticket()

    assert numbers(signed_in(a_staff_member()), "za=podvrh") == [ticket.pk]


def test_empty_queue_says_what_to_do():
    page = signed_in(a_staff_member()).get(f"{LIST}?fronta=moje").content.decode()

    assert "Nemáte nic rozdělaného. Podívejte se do nových." in page


@pytest.mark.req("S3-04", "S3-05")
def test_several_are_accepted_and_each_refusal_is_reported():
    dana = a_staff_member()
    new, accepted = a_ticket(), an_accepted_ticket()
    client = signed_in(dana)

    with zeal_ignore():  # each request is locked and written to in a transaction of its own
        page = client.post(
            LIST + "hromadne/", {"krok": "accept", "pozadavek": [new.pk, accepted.pk], "zpet": "fronta=nove"}, follow=True
        )
    new.refresh_from_db()

    assert new.status == Status.ACCEPTED
    assert [str(message) for message in page.context["messages"]] == [
        f"Převzato: {new.pk}.",
        f"{accepted.pk}: Požadavek {accepted.pk} je nyní ve stavu „Přijato“, tento krok v něm není možný. "
        "Načtěte stránku znovu a podívejte se, co se změnilo.",
    ]


@pytest.mark.req("S3-05")
def test_several_are_handed_over_to_one_solver():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    tickets = [an_accepted_ticket(), an_accepted_ticket()]

    with zeal_ignore():  # as above
        signed_in(a_staff_member()).post(
            LIST + "hromadne/", {"krok": "escalate", "resi": petr.pk, "pozadavek": [ticket.pk for ticket in tickets]}
        )
    for ticket in tickets:
        ticket.refresh_from_db()

    assert [(ticket.status, ticket.assignee) for ticket in tickets] == [(Status.ESCALATED, petr)] * 2


def test_accountant_reads_the_list_and_acts_on_nothing():
    eva = a_staff_member("Eva Nová", group="účtárna")
    ticket = a_ticket()
    client = signed_in(eva)

    page = client.get(LIST).content.decode()

    assert (numbers(client), "several" in page, "Požadavek za" in page) == ([ticket.pk], False, False)
    assert client.post(LIST + "hromadne/", {"krok": "accept", "pozadavek": [ticket.pk]}).status_code == 403


def test_customer_does_not_get_in():
    client = signed_in(a_member(a_customer()))

    assert client.get(LIST).status_code in (302, 404)


def statements(client: Client, address: str) -> int:
    """How many statements the second of two equal requests needs."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(
        [query for query in caught.captured_queries if "SAVEPOINT" not in query["sql"] and "usersessions" not in query["sql"]]
    )


def test_list_costs_the_same_with_1_25_and_250_requests():
    client = signed_in(a_staff_member())
    paragraph = a_paragraph()
    author = a_member(paragraph.contract.customer)

    costs = []
    for wanted in (1, 25, 250):
        while author.authored_tickets.count() < wanted:
            a_ticket(paragraph=paragraph, author=author)
        costs.append((statements(client, LIST), statements(client, FRAGMENT), statements(client, f"{FRAGMENT}?q=fakturu")))

    assert costs == [(7, 5, 6)] * 3


def test_first_page_of_a_process_costs_no_more_than_the_next_ones():
    client = signed_in(a_staff_member())
    client.get(LIST)
    caches["process"].clear()

    with CaptureQueriesContext(connection) as caught:
        client.get(LIST)

    assert len(caught.captured_queries) == statements(client, LIST)


def test_suggestions_name_customers_with_their_ico():
    lipa = a_customer(name="Nábytek Lípa s.r.o.")

    response = signed_in(a_staff_member()).get(LIST + "zakaznici/?zakaznik=lipa")

    assert response.json() == {"names": [f"Nábytek Lípa s.r.o. ({lipa.ico})"]}


def test_address_of_the_list_is_the_one_that_the_menu_knows():
    assert reverse("admin:tickets_ticket_changelist") == LIST
