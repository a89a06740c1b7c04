"""Every list × every column, own and one relation deep × the ways to ask for it: what a list does not show, it does not answer.

The allowed questions stand in tests/access_lists.py; a list that is not there fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group
from django.db.models import Field, Model
from django.test import Client, RequestFactory
from django.urls import reverse

from credit.models import LedgerAccount
from helpdesk.customers.models import Customer, Invitation, User
from helpdesk.lists import OfferedListMixin
from helpdesk.mail.models import OutgoingMail
from helpdesk.site import BackofficeSite
from tests.access_lists import EXPORTED, LISTS, OWN_LISTS, SEARCHES, SUGGESTED
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_letter,
    a_member,
    a_paragraph,
    a_staff_member,
    a_ticket,
    a_user,
    an_operator,
)
from tests.credit.builders import top_up
from tests.tickets.desk import signed_in

pytestmark = pytest.mark.django_db

LOOKUPS = ("", "__exact", "__regex", "__startswith", "__isnull", "__in", "__gt", "__contains", "__year", "__lt", "__iexact")
ENDING = r"(__unaccent)?(__i?contains|__i?startswith)?$"
LINK = "https://helpdesk.example/pozvanka/1/4f1c0a/"


def pages() -> dict[str, Any]:
    """The registered pages of the backoffice by the label of their model."""
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def row_paths(model: type[Model], depth: int = 1) -> Iterator[str]:
    """Every column of the model, and of what it leads to either way, as paths of a lookup; relations without a name as well."""
    yield "pk"
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name
        if getattr(field, "attname", field.name) != field.name:
            yield field.attname
        if field.is_relation and depth and field.related_model:
            yield from (f"{field.name}__{path}" for path in row_paths(field.related_model, depth - 1))


def request_of(user: User, query: str) -> Any:
    request = RequestFactory().get(f"/?{query}")
    request.user = user
    return request


def answers(page: ModelAdmin, user: User, query: str) -> bool:
    """Whether the list takes the query; it is refused before the database is asked."""
    try:
        page.get_changelist_instance(request_of(user, query))
    except IncorrectLookupParameters:
        return False
    return True


@pytest.fixture
def root() -> User:
    return a_user("Správce Systému", is_staff=True, is_superuser=True, password="tajne-heslo-spravce")


def test_every_list_of_the_backoffice_is_in_the_table():
    assert set(pages()) == set(LISTS)


@pytest.mark.parametrize("label", sorted(LISTS))
def test_a_list_is_narrowed_by_what_it_offers_and_by_no_other_column(label: str, root: User):
    page, (offered, _) = pages()[label], LISTS[label]
    asked = {f"{path}{lookup}" for path in row_paths(page.model) for lookup in LOOKUPS}

    taken = {name for name in asked if page.lookup_allowed(name, "1", request_of(root, ""))}
    answered = {name for name in asked if answers(page, root, urlencode({name: "1"}))}

    assert len(asked) > 40
    assert taken == answered
    assert answered == set(offered.split()) & asked


@pytest.mark.parametrize("label", sorted(LISTS))
def test_what_a_list_offers_is_taken(label: str, root: User):
    page, (offered, _) = pages()[label], LISTS[label]
    client = signed_in(root)
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")

    assert page.offered_parameters(request_of(root, "")) == set(offered.split())
    if label != "tickets.ticket":
        refused = [name for name in offered.split() if client.get(address, {name: "1"}).status_code != 200]
        assert refused == []


@pytest.mark.parametrize("label", sorted(LISTS))
def test_a_list_is_sorted_by_the_columns_that_it_shows(label: str, root: User):
    page, (_, sorted_by) = pages()[label], LISTS[label]

    taken = [number for number in range(15) if answers(page, root, f"o={number}") and answers(page, root, f"o=-{number}")]

    assert taken == [int(number) for number in sorted_by.split()]
    for wrong in ("password", "pk", "1.password", "--1", "²", "1,2", "0x1", "9" * 5000):
        assert not answers(page, root, urlencode({"o": wrong}))


@pytest.mark.parametrize("label", sorted(LISTS))
def test_a_search_looks_into_the_columns_of_the_table_and_into_no_secret(label: str, root: User):
    page = pages()[label]
    paths = [
        re.sub(r"(__unaccent)?(__i?contains|__i?startswith)?$", "", name) for name in page.get_search_fields(request_of(root, ""))
    ]

    assert " ".join(paths) == SEARCHES.get(label, "")
    if label != "tickets.cannedanswer":  # its „body“ is what everybody pastes
        assert [path for path in paths if path.rpartition("__")[2] in {"password", "text", "body", "verified_how"}] == []


@pytest.mark.parametrize("label", sorted(LISTS))
def test_rows_are_named_by_their_keys_alone(label: str, root: User):
    page = pages()[label]
    names = [field.name for field in page.opts.fields if not field.primary_key] + ["pk", "nic"]

    assert [name for name in names if page.to_field_allowed(request_of(root, ""), name)] == []
    assert page.to_field_allowed(request_of(root, ""), page.opts.pk.name)


@pytest.mark.parametrize("field", ["password", "username", "nic"])
def test_a_list_in_a_window_is_refused_another_key(field: str):
    dana = signed_in(a_staff_member())

    assert dana.get(f"/backoffice/customers/user/?_popup=1&_to_field={field}").status_code == 400


@pytest.mark.parametrize("label", sorted(set(LISTS) - {"tickets.ticket"}))
def test_every_filter_and_heading_on_the_page_is_taken(label: str, root: User):
    """What the page itself links to and sends works."""
    client, address = signed_in(root), reverse(f"admin:{label.replace('.', '_')}_changelist")
    a_row_of_each(root)

    page = client.get(address).text
    links = set(re.findall(r'href="(\?[^"]+)"', page))
    has_rows = "result_list" in page
    refused = [link for link in links if "e=1" in client.get(address + link.replace("&amp;", "&")).headers.get("Location", "")]

    assert refused == []
    assert len(links) >= (len(LISTS[label][1].split()) if has_rows else 0)


@pytest.mark.parametrize(
    "query",
    [
        "password__regex=^pbkdf2", "e=1&password__startswith=a", "is_active__exact=1&password__regex=.", "password=x",
        "history__username=dana", "_changelist_filters=password__regex%3D.", "memberships__customer__note__contains=x",
    ],
)  # fmt: skip
def test_a_refused_question_leads_to_the_plain_list(query: str):
    dana = signed_in(a_staff_member())

    answer = dana.get(f"/backoffice/customers/user/?{query}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/backoffice/customers/user/?e=1")


def test_a_page_that_a_library_brings_has_a_closed_list(root: User):
    site = BackofficeSite(name="libraries")

    site.register(Group)
    site.register(Customer, type("LibraryAdmin", (ModelAdmin,), {"list_filter": ("is_active",)}))

    page = site._registry[Customer]
    assert [isinstance(one, OfferedListMixin) for one in site._registry.values()] == [True, True]
    assert answers(page, root, "is_active__exact=1")
    assert not answers(page, root, "note__contains=x")
    assert not answers(site._registry[Group], root, "permissions__codename__startswith=a")


# Suggestions while somebody types


def suggestions(client: Client, field: Field, term: str = "") -> tuple[int, list[str]]:
    """The status and the names suggested for a field."""
    options = field.model._meta
    asked = {"app_label": options.app_label, "model_name": options.model_name, "field_name": field.name, "term": term}
    answer = client.get("/backoffice/autocomplete/", asked)
    return answer.status_code, [row["text"] for row in json.loads(answer.text)["results"]] if answer.status_code == 200 else []


def relations() -> list[Field]:
    """Every field of every model that leads to rows of another, those of histories and libraries among them."""
    return [
        field for model in apps.get_models(include_auto_created=True) for field in model._meta.get_fields() if field.is_relation
    ]


@pytest.mark.parametrize("group", ["podpora", "řešitel", "vedoucí", "účtárna"])
def test_rows_are_suggested_for_fields_of_pages_that_the_person_opens(group: str):
    client = signed_in(a_staff_member(group=group))

    given = {f"{field.model._meta.label_lower}.{field.name}" for field in relations() if suggestions(client, field)[0] == 200}

    assert len(relations()) > 200
    assert given == {name for name, groups in SUGGESTED.items() if group in groups.split()}


def test_customers_are_suggested_nothing():
    alice = signed_in(a_member(a_customer()))

    assert {suggestions(alice, field)[0] for field in relations()} == {404}


# Tables that leave the backoffice


def test_a_table_has_the_columns_of_the_table_and_the_page_shows_each():
    request = request_of(a_staff_member(), "")
    found = {}
    for label, page in pages().items():
        for resource in getattr(page, "resource_classes", ()):
            found[label] = " ".join(field.attribute for field in resource().get_export_fields())
            shown = page.get_form(request).base_fields
            assert set(found[label].split()) <= set(shown), label

    assert found == EXPORTED


@pytest.mark.parametrize("name", ["customer", "contract"])
@pytest.mark.parametrize("query", ["note__startswith=a", "main_account__password__regex=.", "customer__note__contains=x", "o=99"])
def test_a_table_is_not_narrowed_by_a_hidden_column(name: str, query: str):
    dana = signed_in(a_staff_member())
    a_contract()

    answer = dana.post(f"/backoffice/customers/{name}/export/?{query}", {"format": "0", "resource": "0"})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/backoffice/customers/{name}/?e=1")


# Histories


def test_no_history_keeps_a_secret():
    kept = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models()
        if hasattr(model, "history_type")
        for field in model._meta.fields
    }

    assert [name for name in sorted(kept) if re.search(r"password|token|secret|hash|session", name)] == []


def test_the_history_of_a_row_that_the_list_hides_is_not_found():
    vera = signed_in(a_staff_member("Věra Malá", group="vedoucí"))
    hidden = LedgerAccount.objects.exclude(kind=LedgerAccount.Kind.CUSTOMER).first()

    assert vera.get(f"/backoffice/credit/ledgeraccount/{hidden.pk}/history/").status_code == 404


# The whole story


def a_row_of_each(root: User) -> None:
    """Something in every list that may show it."""
    an_operator()
    company = a_customer()
    alice = a_member(company, "Alice Dvořáková")
    a_paragraph(a_contract(company))
    top_up(company, "9000")
    Invitation.objects.create(
        user=alice, recipient="Alice", verified_by=root, verified_how="zpětné volání", verified_at=MONDAY, created_at=MONDAY,
        expires_at=MONDAY.replace(day=5),
    )  # fmt: skip
    a_letter(key="letter:1", to=alice.email)


def rows_in(answer: Any) -> tuple[int, str, list[str]]:
    """What an answer tells: its status, where it leads, and which rows it names."""
    named = re.findall(r'/backoffice/\w+/\w+/\d+/|"id": "\d+"', answer.text)
    return answer.status_code, answer.headers.get("Location", ""), sorted(named)


def questions(label: str, path: str, secret: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The ways to ask a list whether a column begins with something: address and parameters."""
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    for lookup in ("__startswith", "__regex", "__contains", "__gt", "__iexact", ""):
        yield address, {f"{path}{lookup}": secret}
        yield address, {f"{path}{lookup}": secret, "_popup": "1", "_to_field": "id"}
        yield f"{address}?e=1", {f"{path}{lookup}": secret}


def test_support_learns_neither_a_letters_text_nor_the_administrators_password(root: User):
    """A right guess and a wrong one get the same answer, whichever list, parameter, search or table is asked."""
    a_row_of_each(root)
    a_letter(key="invitation:1", kind="invitation", to=root.email, text=f"Dobrý den,\n\n{LINK}\n", is_confidential=True)
    dana = signed_in(a_staff_member("Dana Pokorná"))
    letter = f"Dobrý den,\n\n{LINK}\n"
    told = {}

    for label, page in pages().items():
        for path in row_paths(page.model):
            secret = {"password": root.password, "text": letter}.get(path.rpartition("__")[2])
            leads_there = secret and _target(page.model, path) in {(User, "password"), (OutgoingMail, "text")}
            if not leads_there:
                continue
            for (address, right), (_, wrong) in zip(
                questions(label, path, secret), questions(label, path, "zz-nic-takoveho"), strict=True
            ):
                if rows_in(dana.get(address, right)) != rows_in(dana.get(address, wrong)):
                    told[address] = right
    assert told == {}


@pytest.mark.parametrize("secret", [LINK, "pozvanka/1", "pbkdf2_sha256", "md5"])
def test_no_search_finds_a_row_by_a_letters_text_or_a_password(secret: str, root: User):
    a_row_of_each(root)
    a_letter(key="invitation:1", kind="invitation", to=root.email, text=f"Dobrý den,\n\n{LINK}\n", is_confidential=True)
    dana = signed_in(a_staff_member("Dana Pokorná"))
    user_field, account = (User.memberships.rel.field, Customer._meta.get_field("main_account"))
    lists = [reverse(f"admin:{label.replace('.', '_')}_changelist") for label in LISTS]

    found = {address: rows_in(dana.get(address, {"q": secret})) for address in lists}
    nothing = {address: rows_in(dana.get(address, {"q": "zz-nic-takoveho"})) for address in lists}
    palette = [rows_in(dana.get("/backoffice/search/", {"s": word, "extended": "1"})) for word in (secret, "zz-nic-takoveho")]
    typed = [suggestions(dana, field, secret) for field in (user_field, account)]

    assert found == nothing
    assert palette[0] == palette[1]
    assert typed == [(200, []), (200, [])]


def _target(model: type[Model], path: str) -> tuple[type[Model], str]:
    """The model and the name of the column at the end of a path."""
    first, _, rest = path.partition("__")
    if not rest:
        return model, first
    related = {field.name: field.related_model for field in model._meta.get_fields(include_hidden=True)}
    return related[first], rest


# Our own lists


@pytest.mark.parametrize("address", sorted(OWN_LISTS))
def test_our_own_list_is_changed_by_its_own_parameters_alone(address: str, root: User):
    """Every column of a request, of its author and of its customer as a parameter: the list stays as it is."""
    company = a_customer()
    alice = a_member(company, "Alice Dvořáková", is_manager=True, is_accountant=True)
    a_ticket(author=alice, paragraph=a_paragraph(a_contract(company)))
    top_up(company, "9000")
    client = signed_in(a_staff_member(group="vedoucí") if address.startswith("/backoffice/") else alice)
    model = apps.get_model("tickets", "Ticket")
    names = sorted({f"{path}{lookup}" for path in row_paths(model) for lookup in ("", "__regex", "__gt", "__isnull")})
    names = [name for name in names if name not in OWN_LISTS[address].split()]
    asked = [dict.fromkeys(names[start : start + 900], "zz") for start in range(0, len(names), 900)]

    plain, changed = client.get(address), [client.get(address, some) for some in asked]

    assert len(names) > 1000
    assert plain.status_code == 200
    assert {" ".join(body_of(one)) for one in changed} == {" ".join(body_of(plain))}


def body_of(response: Any) -> list[str]:
    """The text of a page or a table without its marks of security; a workbook by its length."""
    content = b"".join(response) if response.streaming else response.content
    if content[:2] == b"PK":
        return [str(len(content))]
    return re.sub(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", content.decode()).split()
