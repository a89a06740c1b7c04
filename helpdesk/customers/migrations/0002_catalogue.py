"""What a new installation starts with: which channel a tier opens, and the kinds of request. Staff edit both later."""

from django.db import migrations

# (tier, channel, access, explanation for the customer); source S5-18 to S5-21, C29
TIERS = [
    ("implementation", "portal", "open", "Nepřetržitě, po celou dobu zavádění."),
    ("implementation", "email", "open", "Z adresy, kterou máte v profilu autorizovanou."),
    ("implementation", "phone", "implemented_modules", "K funkcím, které se u vás právě zavádějí."),
    ("implementation", "enquiry", "open", "Dotazy k softwaru a službám, odpovíme e-mailem."),
    ("support", "portal", "open", "Nepřetržitě."),
    ("support", "email", "open", "Z adresy, kterou máte v profilu autorizovanou."),
    ("support", "phone", "sla_level", "V rozsahu úrovně SLA vaší smlouvy."),
    ("support", "enquiry", "open", "Dotazy k softwaru a službám, odpovíme e-mailem."),
    ("one_off", "portal", "closed", "Patří ke smlouvě o údržbě a technické podpoře."),
    ("one_off", "email", "closed", "Patří ke smlouvě o údržbě a technické podpoře."),
    ("one_off", "phone", "package", "Dokud zbývají hodiny předplaceného balíku."),
    ("one_off", "enquiry", "open", "Dotazy k softwaru a službám, odpovíme e-mailem."),
    ("prospect", "portal", "closed", "Patří ke smlouvě o údržbě a technické podpoře."),
    ("prospect", "email", "closed", "Patří ke smlouvě o údržbě a technické podpoře."),
    ("prospect", "phone", "closed", "Napište nám dotaz z webu, odpovíme e-mailem."),
    ("prospect", "enquiry", "open", "Dotazy k softwaru a službám, odpovíme e-mailem."),
]

NO_ASSET = {"asks_asset": False}
PAID = {"is_chargeable": True}

# (name, explanation, what differs from an ordinary covered kind)
KINDS = [
    # S1-07
    ("Oprava", "Něco nefunguje, jak má.", {}),
    ("Analýza", "Potřebujete znát příčinu nebo dopad.", {}),
    ("Kalkulace", "Potřebujete znát cenu a pracnost předem.", {}),
    ("Dodatečná výroba", "Rozšíření toho, co už používáte.", {"is_chargeable": True, "asks_contract_part": True}),
    # S5-03
    ("Provozní porucha", "Aplikace neběží nebo neodpovídá.", {}),
    ("Analýza příčin a stanovení kategorie problému", "Stejná potíž se opakuje.", {}),
    ("Chyba aplikačního software", "Aplikace běží, ale počítá nebo ukládá špatně.", {}),
    ("Dotaz na vlastnosti", "Jak se něco dělá a co aplikace umí.", {}),
    ("Pomoc při implementaci a konfiguraci", "Nastavení během zavádění.", {}),
    ("Pomoc při upgrade", "Jen pro aplikace provozované u vás.", {"on_premise_only": True}),
    ("Požadavek na úpravu", "Změna proti tomu, co je dohodnuto.", {"asks_contract_part": True}),
    (
        "Provozní služba",
        "Požadavek zaregistrujeme a předáme k objednávce; lhůty SLA pro něj neběží.",
        {"delivered_elsewhere": True},
    ),
    # S2-07
    ("Servisní zásah", "Technik zasáhne na serveru nebo v aplikaci.", {}),
    (
        "Expresní servisní zásah",
        "Začneme přednostně, s příplatkem podle ceníku.",
        {"is_express": True, "is_chargeable": True},
    ),
    ("Úpravy stránek", "Texty, obrázky a rozvržení webu.", {}),
    ("Založení nebo zrušení e-mailové schránky", "Napište adresu a kdo ji bude používat.", NO_ASSET),
    ("Přesměrování schránky", "Napište odkud, kam a od kdy.", NO_ASSET),
    ("Nová doména", "Napište název a na koho má být zapsaná.", NO_ASSET),
    ("Změna přístupů ke správě webového prostoru", "Napište komu, k čemu a od kdy.", {}),
    ("Dotaz k informačnímu systému", "", {}),
    ("Ostatní problémy, chyby a změny", "Nic z předchozího se nehodí.", NO_ASSET),
    # S3-16
    ("Konzultace", "Specialista s vámi projde postup nebo návrh.", PAID),
    ("Datový problém po neodborném užívání", "Oprava dat, která se poškodila obsluhou.", PAID),
    ("Vývoj nové funkce", "Něco, co aplikace zatím neumí.", {"is_chargeable": True, "asks_contract_part": True}),
    ("Projekt", "Větší celek s vlastním plánem.", PAID | NO_ASSET),
    ("Instalace a opravy hardware, software a sítí", "", PAID | NO_ASSET),
    # S5-05, C28
    (
        "Nepodporovaná verze software",
        "",
        {"way_out": "Objednejte přechod na podporovanou verzi jako požadavek druhu Kalkulace, nabídku vám připravíme."},
    ),
    (
        "Integrace s produkty třetích stran",
        "",
        {"way_out": "Založte požadavek druhu Kalkulace, napojení oceníme jako samostatnou objednávku."},
    ),
    (
        "Přístup koncových uživatelů",
        "",
        {"way_out": "Požadavky zakládají jen oprávněné osoby. O účet pro kolegu požádá vaše odpovědná osoba.", **NO_ASSET},
    ),
    ("Školení", "", {"way_out": "Školení lze objednat zvlášť: založte požadavek druhu Kalkulace.", **NO_ASSET}),
    (
        "Komunikace v cizím jazyce",
        "",
        {"way_out": "Podporu poskytujeme česky. Překlad lze objednat požadavkem druhu Kalkulace.", **NO_ASSET},
    ),
]


def load(apps, schema_editor):
    tier_entitlement = apps.get_model("customers", "TierEntitlement")
    for tier, channel, access, note in TIERS:
        tier_entitlement.objects.get_or_create(tier=tier, channel=channel, defaults={"access": access, "note": note})
    request_type = apps.get_model("customers", "RequestType")
    for position, (name, hint, differs) in enumerate(KINDS, start=1):
        values = {"hint": hint, "position": position * 10, "is_covered": "way_out" not in differs, **differs}
        request_type.objects.get_or_create(name=name, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
