"""What the new-request form accepts, what it says to what it does not, and which fields it shows."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from helpdesk.customers.fields import PhoneField
from helpdesk.customers.models import Contract, User
from tests.builders import a_contract, a_customer, a_member, a_paragraph, a_request_type, an_asset
from tickets.forms import NewRequestForm

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)


@pytest.mark.req("S4-30", "S4-31")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("605110220", "+420605110220"),
        ("605 110 220", "+420605110220"),
        ("605-110-220", "+420605110220"),
        ("+420 605 110 220", "+420605110220"),
        ("00420605110220", "+420605110220"),
        ("420605110220", "+420605110220"),
        ("+421 905 123 456", "+421905123456"),
        ("00421 905 123 456", "+421905123456"),
        ("+49 30 901820", "+4930901820"),
        ("533\u00a0000\u00a0120", "+420533000120"),
    ],
)
def test_phone_is_understood_as_people_write_it(typed: str, kept: str):
    assert PhoneField().clean(typed) == kept


@pytest.mark.req("S4-30", "S4-31")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Napište telefon, na kterém vás zastihneme."),
        ("605 110 22", "Číslo má mít 9 číslic, chybí jedna. Předvolbu pište jen u ciziny."),
        ("605 110 2", "Číslo má mít 9 číslic, chybějí dvě. Předvolbu pište jen u ciziny."),
        ("605", "Číslo má mít 9 číslic, chybí 6. Předvolbu pište jen u ciziny."),
        ("6051102200", "Číslo má mít 9 číslic, jedna přebývá. Předvolbu pište jen u ciziny."),
        ("+420 605 110 22", "Číslo má mít 9 číslic, chybí jedna. Předvolbu pište jen u ciziny."),
        ("000 000 000", "Takové číslo neexistuje. Zkontrolujte prosím předvolbu a číslice."),
        ("+421 905", "Takové číslo neexistuje. Zkontrolujte prosím předvolbu a číslice."),
        ("+1", "Takové číslo neexistuje. Zkontrolujte prosím předvolbu a číslice."),
        ("+999 123 456 789", "Takové číslo neexistuje. Zkontrolujte prosím předvolbu a číslice."),
        ("linka 12", "Telefon pište jen číslicemi, u ciziny s předvolbou, například +421 905 123 456."),
        ("٦٠٥١١٠٢٢٠", "Telefon pište jen číslicemi, u ciziny s předvolbou, například +421 905 123 456."),
    ],
)
def test_wrong_phone_is_told_what_is_wrong(typed: str, sentence: str):
    with pytest.raises(ValidationError) as error:
        PhoneField().clean(typed)

    assert error.value.messages == [sentence]


def a_filer(contract: Contract) -> User:
    return a_member(contract.customer, phone="+420605110220")


def a_form(contract: Contract, **typed: Any) -> NewRequestForm:
    """The form as it was sent: everything filled in right but for what `typed` says."""
    kind = a_request_type(asks_asset=False)
    paragraph = contract.paragraphs.first() or a_paragraph(contract)
    values = {
        "contract": contract.pk,
        "paragraph": paragraph.pk,
        "request_type": kind.pk,
        "subject": "Nelze tisknout",
        "description": "Dnes v 9:00.",
        "contact_phone": "605 110 220",
        "contact_email": "alice@hanacke.example",
    }
    return NewRequestForm(values | typed, user=a_filer(contract), contracts=[contract], today=TODAY)


def an_open_form(*contracts: Contract, **initial: Any) -> NewRequestForm:
    return NewRequestForm(initial=initial, user=a_filer(contracts[0]), contracts=list(contracts), today=TODAY)


@pytest.mark.req("S2-09", "S4-29")
def test_open_form_is_filled_in_from_profile_and_contract():
    contract = a_contract()
    a_paragraph(contract, code="a")
    by_email = a_paragraph(contract, code="b", is_email_default=True)
    asset = an_asset(contract.customer)

    form = an_open_form(contract)

    shown = {name: str(form[name].value()) for name in ("contract", "paragraph", "asset", "contact_phone", "contact_email")}
    assert shown == {
        "contract": str(contract.pk),
        "paragraph": str(by_email.pk),
        "asset": str(asset.pk),
        "contact_phone": "605 110 220",
        "contact_email": User.objects.get().email,
    }


@pytest.mark.req("S4-59", "S4-60", "S1-03", "S1-08")
def test_offer_is_that_of_the_chosen_contract():
    firm = a_customer()
    erp, dms = a_contract(firm), a_contract(firm)
    a_paragraph(erp, code="čl. 4.1")
    wanted = a_paragraph(dms, code="čl. 2")
    a_paragraph(dms, code="čl. 9", is_active=False)
    apps = [an_asset(firm, name=name) for name in ("ERP", "DMS", "Portál")]
    an_asset(a_customer(), name="Cizí")
    an_asset(firm, name="Stará", is_active=False)

    form = an_open_form(erp, dms, contract=str(dms.pk))

    assert [row for _, row in form.fields["paragraph"].choices] == [wanted]
    assert {row for _, row in form.fields["asset"].choices if row != "Vyberte aplikaci"} == set(apps)


@pytest.mark.req("S4-59", "S4-74", "C19")
@pytest.mark.parametrize(("agreed", "offered"), [(True, ["Vada", "Hypercare"]), (False, ["Vada"])])
def test_hypercare_is_offered_where_the_contract_agrees_it(agreed: bool, offered: list[str]):
    contract = a_contract(has_hypercare=agreed)
    a_paragraph(contract, title="Vada", position=1)
    a_paragraph(contract, title="Hypercare", kind="hypercare", has_sla=False, position=2)

    form = an_open_form(contract)

    assert [row.title for _, row in form.fields["paragraph"].choices] == offered


@pytest.mark.req("S1-03")
def test_paragraph_and_application_of_somebody_else_are_refused_beside_their_field():
    contract = a_contract()
    foreign = a_paragraph(a_contract())
    an_asset(contract.customer)
    kind = a_request_type()

    form = a_form(contract, paragraph=foreign.pk, request_type=kind.pk, asset=an_asset(foreign.contract.customer).pk)

    assert form.errors == {
        "paragraph": ["Vyberte odstavec zvolené smlouvy."],
        "asset": ["Vyberte aplikaci ke zvolené smlouvě."],
    }


@pytest.mark.req("S1-07", "S5-03")
def test_kinds_are_grouped_and_those_for_on_premise_offered_only_with_such_an_application():
    contract = a_contract()
    groups = dict(an_open_form(contract).fields["request_type"].choices)
    an_asset(contract.customer, hosting="on_premise")

    with_one = dict(an_open_form(contract).fields["request_type"].choices)

    assert list(groups) == ["Podpora pokrývá", "Zpoplatněno nad rámec", "Podpora nepokrývá"]
    assert [str(kind) for _, kind in groups["Podpora pokrývá"]][:3] == ["Oprava", "Analýza", "Kalkulace"]
    more = {str(kind) for _, kind in with_one["Podpora pokrývá"]} - {str(kind) for _, kind in groups["Podpora pokrývá"]}
    assert more == {"Pomoc při upgrade"}


@pytest.mark.req("S5-05")
def test_excluded_kind_is_refused_beside_its_field_with_the_way_out():
    kind = a_request_type(name="Výuka", asks_asset=False, is_covered=False, way_out="Objednejte ji zvlášť.")

    form = a_form(a_contract(), request_type=kind.pk)

    assert form.errors == {"request_type": ["Výuka: podpora nepokrývá. Objednejte ji zvlášť."]}


@pytest.mark.req("S5-06")
def test_unsupported_version_is_refused_with_the_offer_of_a_newer_one():
    contract = a_contract()
    old = an_asset(contract.customer, name="ERP Vektor", version="4.9", support_until=date(2026, 3, 1))

    form = a_form(contract, request_type=a_request_type().pk, asset=old.pk)

    assert form.errors == {
        "asset": [
            "Podpora verze ERP Vektor 4.9 už skončila. Objednejte prosím přechod na novější verzi, nebo vyberte jinou aplikaci."
        ]
    }


@pytest.mark.req("S4-34")
def test_part_of_the_contract_is_asked_for_when_the_matter_is_not_a_defect():
    contract = a_contract()
    complaint = a_paragraph(contract, kind="complaint", has_sla=True)

    form = a_form(contract, paragraph=complaint.pk)
    defect = a_form(a_contract())

    assert form.errors == {"contract_part": ["Napište, vůči které části smlouvy nebo dokumentu je neshoda."]}
    assert "contract_part" not in defect.fields


@pytest.mark.req("S2-10", "S4-32")
def test_subject_is_required_and_short():
    contract = a_contract()

    assert a_form(contract, subject=" ").errors == {"subject": ["Napište předmět, stačí pár slov."]}
    assert a_form(contract, subject="č" * 121).errors == {"subject": ["Předmět může mít nejvýše 120 znaků."]}
    assert a_form(contract, subject="č" * 120).errors == {}


@pytest.mark.req("S2-11", "S4-33", "C31")
def test_description_is_required_for_a_defect_and_optional_for_a_question():
    contract = a_contract()
    question = a_paragraph(contract, kind="question", has_sla=False)

    assert a_form(a_contract(), description="").errors == {"description": ["Popište, co se děje. U\u00a0vady je zadání povinné."]}
    assert a_form(contract, paragraph=question.pk, description="").errors == {}


@pytest.mark.req("S2-11", "C30")
@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ("ř" * 8000, {}),
        ("😀" * 8000, {}),
        ("a\r\n" * 3999 + "bb", {}),
        (
            "ř" * 8001,
            {"description": ["Zadání má 8001 znaků, nejvýše jich smí být 8\u00a0000. Zbytek přiložte jako soubor."]},
        ),
    ],
    ids=["czech letters", "emoji", "line ends count once", "one too many"],
)
def test_description_has_at_most_8000_characters_however_they_are_encoded(typed: str, errors: dict[str, list[str]]):
    assert a_form(a_contract(), description=typed).errors == errors


@pytest.mark.req("S1-14")
def test_term_may_be_today_but_not_yesterday():
    contract = a_contract()

    today, yesterday = (a_form(contract, requested_on=day, wants_quote="on") for day in ("2026-03-02", "2026-03-01"))

    assert yesterday.errors == {"requested_on": ["Tento den už minul. Zvolte dnešek, nebo pozdější termín."]}
    assert today.errors == {}
    assert (today.cleaned_data["requested_on"], today.cleaned_data["wants_quote"]) == (date(2026, 3, 2), True)


@pytest.mark.req("S2-09", "S4-30")
def test_contact_of_the_request_is_required():
    form = a_form(a_contract(), contact_email="alice@", contact_phone="")

    assert form.errors == {
        "contact_email": ["E\u2011mail má tvar jmeno@firma.cz. Zkontrolujte jej prosím."],
        "contact_phone": ["Napište telefon, na kterém vás zastihneme."],
    }
