"""Which group of staff may do what: the one table behind the groups of the backoffice.

source  the acts and groups of the product's table of permissions; a person may be in several groups
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed

ACTIONS = ("view", "add", "change", "delete")

READ_MASTER_DATA = {
    "customers.customer": "view",
    "customers.contract": "view",
    "customers.contractparagraph": "view",
    "customers.contractphone": "view",
    "customers.contractperson": "view",
    "customers.contractentitlement": "view",
    "customers.slaline": "view",
    "customers.escalationlevel": "view",
    "sla.servicecalendar": "view",
    "sla.calendarversion": "view",
    "sla.calendardate": "view",
    "customers.asset": "view",
    "customers.assetmodule": "view",
    "customers.user": "view",
    "customers.membership": "view",
    "customers.authorisedsender": "view",
}
SUPPORT = {
    "tickets.ticket": "view handle_ticket file_for_customer decide_complaint read_notes act_as_customer",
    "tickets.cannedanswer": "view",
    "tickets.workentry": "view track_work",
    "customers.customer": "view add change",
    "customers.contract": "view add change",
    "customers.contractparagraph": "view add change",
    "customers.contractphone": "view add change delete",
    "customers.contractperson": "view add change delete",
    "customers.contractentitlement": "view add change delete",
    "customers.slaline": "view add change delete",
    "customers.escalationlevel": "view add change delete",
    "sla.servicecalendar": "view",
    "sla.calendarversion": "view",
    "sla.calendardate": "view",
    "customers.asset": "view add change",
    "customers.assetmodule": "view add change delete",
    "customers.user": "view add change",
    "customers.membership": "view add change",
    "customers.authorisedsender": "view add change",
    "customers.accessrequest": "view change",
    "customers.invitation": "view",
    "customers.requesttype": "view",
    "customers.tierentitlement": "view",
    "customers.supportlevel": "view",
    "customers.stafftask": "view add change",
    "customers.pendingchange": "view",
    "mail.outgoingmail": "view change",
}
READ_LEDGER = {
    "credit.ledgeraccount": "view",
    "credit.creditthreshold": "view",
    "credit.ledgertransfer": "view",
    "credit.hold": "view",
    "credit.periodclose": "view",
    "credit.correctionrequest": "view",
    "credit.prepaidpackage": "view",
    "credit.packagedraw": "view",
}
PRICE_LISTS = {"credit.pricelist": "view add change", "credit.pricerate": "view add change delete"}
ROLES: dict[str, dict[str, str]] = {
    "podpora": SUPPORT,
    "řešitel": READ_MASTER_DATA
    | {
        "tickets.ticket": "view handle_ticket read_notes",
        "tickets.cannedanswer": "view",
        "tickets.workentry": "view track_work",
        "customers.stafftask": "view change",
    },
    "vedoucí": SUPPORT
    | READ_LEDGER
    | PRICE_LISTS
    | {
        "tickets.cannedanswer": "view add change delete",
        "tickets.workentry": "view track_work correct_work",
        "customers.requesttype": "view add change",
        "customers.tierentitlement": "view add change",
        "customers.supportlevel": "view add change",
        "customers.auditevent": "view",
        "customers.operator": "view add change",
        "customers.pendingchange": "view confirm_change",
        "customers.pagetext": "view add change",
        "sla.servicecalendar": "view add change",
        "sla.calendarversion": "view change",
        "sla.calendardate": "view add change delete",
        "credit.ledgeraccount": "view add change",  # how far work may begin below zero
        "auth.group": "view change",  # hands the groups out to people; the groups themselves are this table
    },
    "účtárna": READ_MASTER_DATA
    | READ_LEDGER
    | PRICE_LISTS
    | {
        "tickets.ticket": "view",
        "tickets.workentry": "view",
        "customers.customer": "view change",
        "credit.ledgeraccount": "view add change",
        "credit.creditthreshold": "view add change delete",
        "credit.correctionrequest": "view correct_credit",
        "credit.prepaidpackage": "view add change",
        "customers.pendingchange": "view confirm_change",
    },
}


def codenames(model: str, acts: str) -> list[str]:
    """The codenames of one row of the table: „view“ of „customers.customer“ is „view_customer“, others stand as they are."""
    name = model.partition(".")[2]
    return [f"{act}_{name}" if act in ACTIONS else act for act in acts.split()]


def sync_roles(apps: Any = installed) -> None:
    """Make the groups and give them exactly what the table says; permissions that Django has not made yet are made here.

    apps  the registry of a migration, or the installed one
    """
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    content_type_model = apps.get_model("contenttypes", "ContentType")
    for role, rows in ROLES.items():
        granted = []
        for model, acts in rows.items():
            app_label, _, name = model.partition(".")
            content_type = content_type_model.objects.get_or_create(app_label=app_label, model=name)[0]
            granted += [
                permission_model.objects.get_or_create(
                    content_type=content_type, codename=codename, defaults={"name": _label(app_label, name, codename)}
                )[0]
                for codename in codenames(model, acts)
            ]
        group_model.objects.get_or_create(name=role)[0].permissions.set(granted)


def _label(app_label: str, name: str, codename: str) -> str:
    """The name that Django itself would give the permission."""
    options = installed.get_model(app_label, name)._meta
    action = codename.removesuffix(f"_{name}")
    return dict(options.permissions).get(codename, f"Can {action} {options.verbose_name_raw}")
