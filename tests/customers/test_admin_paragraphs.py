"""Deadlines of paragraphs in the backoffice: in short on the contract's card, in full on the paragraph's own page."""

from decimal import Decimal

import pytest
from django.urls import reverse

from helpdesk.customers.models import Contract, ContractParagraph, EscalationLevel, SlaLine
from tests.builders import a_calendar, a_contract, a_paragraph, a_staff_member, an_sla_line
from tests.customers.test_admin_acts import contract_form

pytestmark = pytest.mark.django_db

NEW = {"code": "čl. 4", "title": "Vada", "kind": "incident", "severity": "2", "has_sla": "on", "position": "1"}
HOD = {"method": "Hod", "reaction": "4", "resolution": "16"}


@pytest.fixture(autouse=True)
def _dana(client):
    client.force_login(a_staff_member())


def words(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def save_contract(client, contract: Contract, *paragraphs: dict[str, object], **fields: object):
    """The contract's card sent with these paragraphs; those with an id exist."""
    rows = {f"paragraphs-{number}-{name}": value for number, one in enumerate(paragraphs) for name, value in one.items()}
    known = sum("id" in one for one in paragraphs)
    counts = {"paragraphs-TOTAL_FORMS": len(paragraphs), "paragraphs-INITIAL_FORMS": known}
    owner = {f"paragraphs-{number}-contract": contract.pk for number in range(len(paragraphs))}
    form = contract_form(contract) | counts | rows | owner | fields
    return client.post(reverse("admin:customers_contract_change", args=[contract.pk]), form)


def save_lines(client, paragraph: ContractParagraph, *lines: dict[str, object]):
    form: dict[str, object] = {"code": paragraph.code, "title": paragraph.title, "kind": paragraph.kind, "has_sla": "on"}
    form |= {"severity": paragraph.severity, "sla_lines-TOTAL_FORMS": len(lines)}
    form |= {"sla_lines-INITIAL_FORMS": sum("id" in one for one in lines)}
    form |= {f"sla_lines-{number}-{name}": value for number, one in enumerate(lines) for name, value in one.items()}
    form |= {f"sla_lines-{number}-paragraph": paragraph.pk for number in range(len(lines))}
    return client.post(reverse("admin:customers_contractparagraph_change", args=[paragraph.pk]), form)


def paragraph_errors(answer) -> list[object]:
    [inline] = [one.formset for one in answer.context["inline_admin_formsets"] if one.formset.prefix == "paragraphs"]
    return inline.errors


def line(applies_to: str, method: str = "Hod", reaction: str = "4", resolution: str = "16", **fields: object):
    return {"applies_to": applies_to, "method": method, "reaction_amount": reaction, "resolution_amount": resolution} | fields


@pytest.mark.req("S4-67", "C01")
def test_new_paragraph_takes_a_method_and_two_amounts(client):
    contract = a_contract()

    answer = save_contract(client, contract, NEW | {"method": "Den-Cont", "reaction": "1", "resolution": "2.5"})

    assert answer.status_code == 302
    [made] = SlaLine.objects.filter(paragraph__contract=contract)
    assert (made.applies_to, str(made)) == ("both", "Den-Cont 1 / 2.5")
    assert (made.resolution_unit, made.resolution_counting) == ("day", "calendar_days")


@pytest.mark.req("D15")
def test_paragraph_with_sla_and_without_amounts_is_refused(client):
    answer = save_contract(client, a_contract(), NEW | {"method": "Hod", "reaction": "4"})

    assert paragraph_errors(answer) == [
        {"method": ["Odstavec podléhá SLA: vyberte metodu a vyplňte obě lhůty, nebo zrušte „podléhá SLA“."]}
    ]
    assert ContractParagraph.objects.count() == 0


@pytest.mark.req("S4-70")
def test_question_needs_no_deadlines(client):
    answer = save_contract(client, a_contract(), NEW | {"kind": "question", "has_sla": ""})

    assert answer.status_code == 302
    assert SlaLine.objects.count() == 0


def test_changed_amount_keeps_what_the_contract_says_otherwise(client):
    contract = a_contract()
    paragraph = a_paragraph(contract, sla=False, code="čl. 4", title="Vada")
    an_sla_line(paragraph, resolution_start="opening")

    save_contract(client, contract, NEW | HOD | {"id": paragraph.pk, "resolution": "20"})

    kept = paragraph.sla_lines.get()
    assert (kept.resolution_amount, kept.resolution_start) == (Decimal("20"), "opening")


def test_changed_method_brings_its_own_atoms(client):
    contract = a_contract()
    paragraph = a_paragraph(contract, sla=False, code="čl. 4", title="Vada")
    an_sla_line(paragraph, resolution_start="opening")

    save_contract(client, contract, NEW | HOD | {"id": paragraph.pk, "method": "NBD-Hod"})

    kept = paragraph.sla_lines.get()
    assert (kept.method, kept.resolution_start) == ("NBD-Hod", "next_working_day")


@pytest.mark.req("D7")
def test_two_lines_are_left_to_the_paragraphs_own_page(client):
    contract = a_contract()
    paragraph = a_paragraph(contract, sla=False, code="čl. 4", title="Vada")
    an_sla_line(paragraph, method="Min", reaction="30", resolution="240", applies_to="wdin")
    an_sla_line(paragraph, method="NBD-Hod", reaction="2", resolution="8", applies_to="wdout")

    answer = save_contract(client, contract, NEW | HOD | {"id": paragraph.pk, "title": "Kritická vada"})

    assert answer.status_code == 302
    assert [str(one) for one in paragraph.sla_lines.all()] == ["Min 30 / 240", "NBD-Hod 2 / 8"]


@pytest.mark.req("D3")
def test_calendar_on_which_a_contract_could_never_be_kept_is_refused(client):
    contract = a_contract()
    weekends = a_calendar("10:00-14:00", days="56")

    answer = save_contract(client, contract, NEW | HOD | {"method": "NBD-Hod"}, calendar=weekends.pk)

    [errors] = paragraph_errors(answer)
    assert errors["method"][0].startswith("čl. 4 Vada, reakce: Kalendář nemá službu v žádný pracovní den")


def test_calendar_without_a_published_version_is_refused(client):
    draft = a_calendar(name="Noční dohled", publish=False)

    answer = save_contract(client, a_contract(), NEW | HOD, calendar=draft.pk)

    assert paragraph_errors(answer) == [
        {"method": ["čl. 4 Vada: kalendář „Noční dohled“ nemá zveřejněnou verzi. Nejdřív ji zveřejněte."]}
    ]


@pytest.mark.req("C01")
def test_contract_card_reads_the_method_in_words(client):
    contract = a_contract()
    a_paragraph(contract)

    text = words(client.get(reverse("admin:customers_contract_change", args=[contract.pk])))

    assert "Reakce do 4 hodin doby poskytování služby, počítá se od podání." in text
    assert "Vyřešení do 16 hodin doby poskytování služby, počítá se od podání." in text


@pytest.mark.req("S4-69", "D7")
def test_paragraph_promises_otherwise_out_of_hours(client):
    paragraph = a_paragraph(sla=False)

    save_lines(client, paragraph, line("wdin", "Min", "30", "240"), line("wdout", "NBD-Hod", "2", "8"))

    assert [(one.applies_to, str(one)) for one in paragraph.sla_lines.all()] == [
        ("wdin", "Min 30 / 240"),
        ("wdout", "NBD-Hod 2 / 8"),
    ]


@pytest.mark.req("D15")
@pytest.mark.parametrize(
    "lines", [[], [line("wdin")], [line("wdout")], [line("both"), line("wdin")], [line("wdin"), line("wdin")]]
)
def test_lines_that_leave_a_gap_or_overlap_are_refused(client, lines):
    paragraph = a_paragraph(sla=False)

    answer = save_lines(client, paragraph, *lines)

    [inline] = [one.formset for one in answer.context["inline_admin_formsets"]]
    refused = f"{paragraph}: lhůty SLA musí pokrýt požadavky podané v době poskytování i mimo ni, každé právě jednou."
    assert refused in str(inline.non_form_errors()) + str(inline.errors)
    assert paragraph.sla_lines.count() == 0


@pytest.mark.req("S4-75", "C02", "C36")
def test_atom_may_be_chosen_and_the_rest_is_left_to_the_method(client):
    paragraph = a_paragraph(sla=False)

    save_lines(client, paragraph, line("both", "ND-Hod", reaction_start="next_day_early"))

    made = paragraph.sla_lines.get()
    assert (made.reaction_start, made.resolution_start, made.reaction_unit) == ("next_day_early", "next_day", "hour")


def test_atom_that_does_not_fit_the_method_is_refused(client):
    paragraph = a_paragraph(sla=False)

    answer = save_lines(client, paragraph, line("both", reaction_unit="day"))

    [inline] = [one.formset for one in answer.context["inline_admin_formsets"]]
    assert inline.errors[0]["reaction_unit"] == [
        "Reakce: dny se počítají po dnech, hodiny a minuty ne. Změňte jednotku nebo počítání."
    ]


@pytest.mark.req("D1")
def test_resolution_that_may_fall_before_the_reaction_is_saved_with_a_warning(client, time_machine):
    time_machine.move_to("2026-03-06T15:00:00+01:00")
    paragraph = a_paragraph(sla=False, code="čl. 4", title="Vada")

    save_lines(client, paragraph, line("both", "Min-Cont", "60", "240"))
    text = words(client.get(reverse("admin:customers_contractparagraph_change", args=[paragraph.pk])))

    assert paragraph.sla_lines.count() == 1
    assert "čl. 4 Vada: vyřešení může mít termín dřív než reakce. Požadavek podaný pá 6. 3. 2026 16:00" in text
    assert "má reakci do po 9. 3. 2026 08:30 a vyřešení už do pá 6. 3. 2026 20:00." in text


def test_levels_of_warning_are_written_into_the_contract(client):
    contract = a_contract()
    levels = {
        "escalation_levels-TOTAL_FORMS": 1,
        "escalation_levels-0-contract": contract.pk,
        "escalation_levels-0-percent": 80,
        "escalation_levels-0-to_leaders": "on",
    }

    save_contract(client, contract, **levels)

    [level] = EscalationLevel.objects.all()
    assert (level.percent, level.to_assignee, level.to_leaders) == (80, False, True)
