"""Reading the SLA of a contract: which line holds, who is warned when."""

import pytest

from helpdesk.customers.models import EscalationLevel
from helpdesk.customers.services.sla import Level, SlaRefused, check_contract, check_lines, levels_of, line_for
from tests.builders import a_calendar, a_contract, a_paragraph, an_sla_line

pytestmark = pytest.mark.django_db


@pytest.mark.req("D7", "S4-69")
def test_line_is_chosen_by_the_time_of_filing():
    paragraph = a_paragraph(sla=False)
    inside = an_sla_line(paragraph, method="Min", reaction="30", applies_to="wdin")
    outside = an_sla_line(paragraph, method="NBD-Hod", reaction="2", applies_to="wdout")

    assert (line_for(paragraph, is_open=True), line_for(paragraph, is_open=False)) == (inside, outside)


def test_line_for_any_time_holds_always():
    paragraph = a_paragraph()
    line = paragraph.sla_lines.get()

    assert (line_for(paragraph, is_open=True), line_for(paragraph, is_open=False)) == (line, line)


@pytest.mark.req("S4-70")
def test_question_has_no_line():
    assert line_for(a_paragraph(kind="question", has_sla=False), is_open=True) is None


@pytest.mark.req("D15")
def test_paragraph_without_lines_does_not_stand():
    with pytest.raises(SlaRefused, match="každé právě jednou"):
        check_lines(a_paragraph(sla=False))


@pytest.mark.req("D3")
def test_contract_is_checked_paragraph_by_paragraph():
    contract = a_contract(calendar=a_calendar("10:00-14:00", days="56"))
    a_paragraph(contract)
    an_sla_line(a_paragraph(contract, sla=False, code="čl. 9", title="Vada"), method="NBD-Hod")

    with pytest.raises(SlaRefused, match=r"čl. 9 Vada, reakce: "):
        check_contract(contract)


def test_contract_without_levels_has_the_usual_ones():
    assert levels_of(a_contract()) == (
        Level(50, True, False),
        Level(75, True, False),
        Level(90, True, True),
        Level(100, True, True),
    )


def test_levels_of_the_contract_replace_the_usual_ones():
    contract = a_contract()
    EscalationLevel.objects.create(contract=contract, percent=80, to_leaders=True)

    assert levels_of(contract) == (Level(80, True, True),)
