"""What a contract promises in time, line by line."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from helpdesk.customers.models import EscalationLevel, SlaLine
from sla.clock import METHODS, Counting, Kind, Start, Target, Unit
from sla.models import ServiceCalendar
from tests.builders import a_calendar, a_contract, a_paragraph, an_sla_line

pytestmark = pytest.mark.django_db


@pytest.mark.req("S4-67", "C01")
def test_line_is_filled_from_its_method():
    line = an_sla_line(a_paragraph(sla=False), method="Min-Cont", reaction="30", resolution="240")

    assert line.target(Kind.REACTION) == Target(Unit.MINUTE, Start.REPORT, Counting.WINDOW, Decimal("30"))
    assert line.target(Kind.RESOLUTION) == Target(Unit.MINUTE, Start.REPORT, Counting.CONTINUOUS, Decimal("240"))


@pytest.mark.req("S4-67")
def test_every_method_can_be_promised():
    paragraph = a_paragraph(sla=False)
    kept = []

    for method in METHODS:
        line = an_sla_line(paragraph, method=method, reaction="1", resolution="2")
        line.refresh_from_db()
        kept.append(line.method)
        line.delete()

    assert kept == ["Hod", "ND-Hod", "NBD-Hod", "Min", "Min-Cont", "Den", "Den-Cont"]


@pytest.mark.req("S4-75", "C02")
def test_contract_may_say_each_atom_otherwise():
    line = an_sla_line(a_paragraph(sla=False), method="Min-Cont", resolution_start=Start.OPENING.value)

    assert line.target(Kind.RESOLUTION).start == Start.OPENING


@pytest.mark.parametrize(
    ("first", "second"), [("both", "both"), ("both", "wdin"), ("wdout", "both"), ("wdin", "wdin"), ("wdout", "wdout")]
)
def test_no_time_of_filing_has_two_lines(first, second):
    paragraph = a_paragraph(sla=False)
    an_sla_line(paragraph, applies_to=first)

    with pytest.raises(IntegrityError), transaction.atomic():
        an_sla_line(paragraph, applies_to=second)


@pytest.mark.parametrize(
    "fields",
    [
        {"reaction_unit": "day"},
        {"method": "Den", "resolution_counting": "window"},
        {"reaction_counting": "calendar_days"},
        {"reaction": "-1"},
    ],
)
def test_database_refuses_atoms_that_do_not_fit_together(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        an_sla_line(a_paragraph(sla=False), **fields)


@pytest.mark.parametrize("fields", [{"percent": 0}, {"percent": 101}, {"percent": 50, "to_assignee": False}])
def test_warning_names_a_share_and_somebody(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationLevel.objects.create(contract=a_contract(), **fields)


@pytest.mark.req("S3-08")
def test_new_contract_has_the_default_calendar():
    assert a_contract().calendar == ServiceCalendar.objects.get(is_default=True)


@pytest.mark.req("S4-75")
def test_paragraph_may_have_other_hours_than_its_contract():
    nights = a_calendar("22:00-06:00")
    ordinary, special = a_paragraph(), a_paragraph(calendar=nights)

    assert ordinary.service_calendar == ordinary.contract.calendar
    assert special.service_calendar == nights


def test_builders_give_each_paragraph_with_sla_one_line():
    assert [str(line) for line in SlaLine.objects.filter(paragraph=a_paragraph())] == ["Hod 4 / 16"]
