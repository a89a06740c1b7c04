"""What a contract entitles to: the table of tiers, its exceptions, and the refusals that say what is open instead."""

from datetime import date

import pytest

from helpdesk.customers.channels import Channel
from helpdesk.customers.entitlements import asset_refusal, doors, filing_refusal, kind_refusal, modules_refusal
from helpdesk.customers.models import AssetModule, Contract, ContractEntitlement, RequestType
from tests.builders import MONDAY, a_contract, a_request_type, an_asset, an_operator

pytestmark = pytest.mark.django_db

PRESETS = {
    "implementation": {"portal": "open", "email": "open", "phone": "implemented_modules", "enquiry": "open"},
    "support": {"portal": "open", "email": "open", "phone": "sla_level", "enquiry": "open"},
    "one_off": {"portal": "closed", "email": "closed", "phone": "package", "enquiry": "open"},
    "prospect": {"portal": "closed", "email": "closed", "phone": "closed", "enquiry": "open"},
}


def a_contract_of(tier: str, **fields: object) -> Contract:
    """As staff save it: without rows of its own, so that the tier decides."""
    return a_contract(kind=tier, number="2024/118", **fields)


@pytest.mark.req("S5-18", "S5-19", "S5-20", "S5-21", "S5-23")
@pytest.mark.parametrize("tier", PRESETS)
def test_tier_opens_its_four_channels(tier: str):
    opened = {door.channel.value: door.access.value for door in doors(a_contract_of(tier))}

    assert opened == PRESETS[tier]


@pytest.mark.req("S5-23")
def test_contract_may_agree_differently_from_its_tier():
    contract = a_contract_of("one_off")
    ContractEntitlement.objects.create(contract=contract, channel="portal", access="open", note="Dodatek č. 2")

    portal, email, *_ = doors(contract)

    assert (portal.access.value, portal.note, email.access.value) == ("open", "Dodatek č. 2", "closed")
    assert filing_refusal(contract=contract, channel=Channel.PORTAL, at=MONDAY) == ""


@pytest.mark.req("S5-02", "S5-20", "S5-21")
@pytest.mark.parametrize(
    ("tier", "channel", "refused"),
    [
        ("implementation", Channel.PORTAL, False),
        ("implementation", Channel.HOTLINE, False),
        ("support", Channel.PORTAL, False),
        ("support", Channel.API, False),
        ("support", Channel.EMAIL, False),
        ("one_off", Channel.PORTAL, True),
        ("one_off", Channel.PHONE, False),
        ("prospect", Channel.PHONE, True),
        ("prospect", Channel.ENQUIRY, False),
        ("prospect", Channel.BACKOFFICE, False),
    ],
)
def test_closed_channel_refuses_a_request(tier: str, channel: Channel, refused: bool):
    refusal = filing_refusal(contract=a_contract_of(tier), channel=channel, at=MONDAY)

    assert bool(refusal) is refused


@pytest.mark.req("S5-18")
def test_phone_during_implementation_is_for_applications_with_a_module_being_introduced():
    contract = a_contract_of("implementation")
    introduced = an_asset(contract.customer, name="HR", version="3")
    finished = an_asset(contract.customer, name="ERP", version="5")
    AssetModule.objects.create(asset=introduced, name="Mzdy", in_implementation=True)
    AssetModule.objects.create(asset=finished, name="Sklad")

    refusals = {
        (asset.name, channel.value): modules_refusal(contract=contract, asset=asset, channel=channel)
        for asset in (introduced, finished)
        for channel in (Channel.PHONE, Channel.PORTAL)
    }

    assert refusals == {
        ("HR", "phone"): "",
        ("HR", "portal"): "",
        ("ERP", "phone"): "Smlouva 2024/118 tu zahrnuje jen právě zaváděné moduly, ERP 5 žádný nemá. Vyberte jinou aplikaci.",
        ("ERP", "portal"): "",
    }


@pytest.mark.req("S5-02")
def test_contract_that_ended_yesterday_says_whom_to_contact():
    an_operator()
    contract = a_contract_of("support", valid_until=date(2026, 3, 1))

    refusal = filing_refusal(contract=contract, channel=Channel.PORTAL, at=MONDAY)

    assert refusal == (
        "Smlouva 2024/118 neplatí, skončila 1. 3. 2026. Požadavky můžete číst, zakládat ne. "
        "Ozvěte se nám prosím na 533 000 120 nebo podpora@severka.example."
    )


@pytest.mark.req("S5-02")
def test_contract_holds_on_its_last_day_and_not_before_its_first():
    last_day = a_contract_of("support", valid_until=date(2026, 3, 2))
    tomorrow = a_contract_of("support", valid_from=date(2026, 3, 3))

    refusals = [filing_refusal(contract=one, channel=Channel.PORTAL, at=MONDAY) for one in (last_day, tomorrow)]

    assert refusals == ["", "Smlouva 2024/118 ještě neplatí, začíná 3. 3. 2026. Požadavky můžete číst, zakládat ne."]


@pytest.mark.req("S5-05")
def test_excluded_kind_is_refused_with_the_way_that_is_open():
    kind = a_request_type(name="Výuka", is_covered=False, way_out="Objednejte ji zvlášť.")

    assert kind_refusal(kind) == "Výuka: podpora nepokrývá. Objednejte ji zvlášť."
    assert kind_refusal(a_request_type()) == ""


@pytest.mark.req("S5-06")
def test_version_is_supported_through_its_last_day():
    contract = a_contract_of("support")
    asset = an_asset(contract.customer, name="ERP Vektor", version="4.9", support_until=date(2026, 3, 1))

    assert asset_refusal(asset=asset, kind=None, day=date(2026, 3, 1)) == ""
    assert asset_refusal(asset=asset, kind=None, day=date(2026, 3, 2)) == (
        "Podpora verze ERP Vektor 4.9 už skončila. Objednejte prosím přechod na novější verzi, nebo vyberte jinou aplikaci."
    )


@pytest.mark.req("S5-03")
def test_help_with_an_upgrade_is_only_for_applications_at_the_customers():
    contract = a_contract_of("support")
    kind = a_request_type(name="Přechod", on_premise_only=True)
    ours = an_asset(contract.customer, name="DMS", version="5")
    theirs = an_asset(contract.customer, hosting="on_premise")

    refusals = [asset_refusal(asset=asset, kind=kind, day=date(2026, 3, 2)) for asset in (ours, theirs)]

    assert refusals == [
        "Přechod je jen pro aplikace provozované u vás. Aplikaci DMS 5 provozujeme my, vyberte jiný druh požadavku.",
        "",
    ]


@pytest.mark.req("S1-07", "S2-07", "S3-16", "S5-03", "S5-05")
def test_catalogue_of_kinds_is_there_from_the_start():
    kinds = RequestType.objects.all()

    assert list(kinds.values_list("name", flat=True)[:4]) == ["Oprava", "Analýza", "Kalkulace", "Dodatečná výroba"]
    assert (kinds.count(), kinds.filter(is_covered=False).count(), kinds.filter(is_chargeable=True).count()) == (32, 5, 7)
    assert [kind.name for kind in kinds.filter(is_express=True)] == ["Expresní servisní zásah"]
    assert [kind.name for kind in kinds.filter(delivered_elsewhere=True)] == ["Provozní služba"]
    assert [kind.name for kind in kinds.filter(on_premise_only=True)] == ["Pomoc při upgrade"]
