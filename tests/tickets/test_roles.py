"""The groups of staff hold exactly the permissions of the table."""

import pytest
from django.contrib.auth.models import Group, Permission

from tests.builders import a_staff_member
from tickets.roles import ROLES, codenames, sync_roles

pytestmark = pytest.mark.django_db


def permissions_of(group: Group) -> set[str]:
    return {f"{app}.{codename}" for app, codename in group.permissions.values_list("content_type__app_label", "codename")}


def permissions_in_table(role: str) -> set[str]:
    return {f"{model.split('.')[0]}.{codename}" for model, acts in ROLES[role].items() for codename in codenames(model, acts)}


@pytest.mark.parametrize("role", ["podpora", "řešitel", "vedoucí", "účtárna"])
def test_group_holds_exactly_what_the_table_gives_it(role):
    assert permissions_of(Group.objects.get(name=role)) == permissions_in_table(role)


def test_permission_taken_out_of_the_table_is_taken_from_the_group():
    group = Group.objects.get(name="účtárna")
    group.permissions.add(Permission.objects.get(codename="delete_customer"))

    sync_roles()

    assert permissions_of(group) == permissions_in_table("účtárna")


def test_permissions_have_the_names_that_django_gives_them():
    names = dict(Permission.objects.values_list("codename", "name"))

    assert names["view_customer"] == "Can view zákazník"
    assert names["act_as_customer"] == "Smí se přihlásit jako zákazník (jen čtení)"


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        ("podpora", (True, True, True, True)),
        ("řešitel", (True, False, False, True)),
        ("vedoucí", (True, True, True, True)),
        ("účtárna", (False, False, False, False)),
    ],
)
def test_acts_on_requests_belong_to_the_groups_of_the_table(role, acts):
    person = a_staff_member(group=role)

    held = [person.has_perm(f"tickets.{act}") for act in ("handle_ticket", "file_for_customer", "decide_complaint", "read_notes")]

    assert tuple(held) == acts
