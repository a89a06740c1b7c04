"""People who sign in, and what they may do for a company."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk.collation import SortKeyField
from helpdesk.customers.models.companies import Customer
from helpdesk.customers.validators import validate_login_name
from helpdesk.written import Written


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def locked(self, pk: int) -> User:
        """The row itself, locked until the end of the transaction: makes a person's own acts take turns."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)

    def staff(self) -> UserQuerySet:
        return self.active().filter(is_staff=True)

    def in_group(self, name: str) -> UserQuerySet:
        return self.staff().filter(groups__name=name)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # mypy knows no computed base class
    """Looks people up by lower-cased name, as the constraint stores them apart."""

    def get_by_natural_key(self, username: str) -> User:
        return self.get(username__iexact=username)


class User(AbstractUser):
    """A named person: of a customer (through Membership) or of the supplier (is_staff).

    Made by the supplier only, never deleted, only deactivated.

    source  S1-01, S1-05, C20, D20
    """

    class Theme(models.TextChoices):
        SYSTEM = "", "podle systému"
        LIGHT = "light", "světlý"
        DARK = "dark", "tmavý"

    username = models.CharField(
        "přihlašovací jméno",
        max_length=60,
        unique=True,
        validators=[validate_login_name],
        error_messages={"unique": "Toto přihlašovací jméno už někdo má. Zvolte jiné."},
    )
    email = models.EmailField("e-mail", blank=True)
    phone = PhoneNumberField("telefon", blank=True, region="CZ")
    theme = models.CharField("vzhled", max_length=5, choices=Theme.choices, default=Theme.SYSTEM, blank=True)
    notify_states = models.BooleanField("psát mi o změnách stavu mých požadavků", default=True)
    notify_messages = models.BooleanField("psát mi o nových zprávách podpory", default=True)
    deactivated_at = models.DateTimeField("deaktivován", null=True, blank=True, editable=False)
    sort_key = SortKeyField("last_name", "first_name")
    sessions_ended = models.PositiveIntegerField("kolikrát skončila všechna přihlášení", default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login", "sessions_ended", "sort_key"])

    class Meta:
        verbose_name = "osoba"
        verbose_name_plural = "osoby"
        ordering = ["sort_key", "id"]
        indexes = [models.Index(fields=["sort_key", "id"], name="user_by_name")]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message="Tuto adresu už má jiná osoba. Každý potřebuje svou.",
            ),
            models.CheckConstraint(name="user_username_not_digits", condition=~models.Q(username__regex=r"^[0-9]+$")),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Changes with the password, and whenever all sessions end."""
        value = f"{self.password}|{self.sessions_ended}"
        return salted_hmac("helpdesk.customers.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.username[:2].upper()

    @cached_property
    def active_memberships(self) -> list[Membership]:
        """The companies that the person acts for, with `customer_name`; read once, so once in a request."""
        return ACTIVE_MEMBERSHIPS.read(self.pk)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        return self.filter(is_active=True, customer__is_active=True, user__is_active=True)


class Membership(models.Model):
    """What a person may do for one company; a person may act for several (S4-45).

    source  S4-05, S5-07, C20
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name="osoba")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="memberships", verbose_name="zákazník")
    is_member = models.BooleanField("člen: vlastní požadavky", default=True)
    is_manager = models.BooleanField("vedoucí: požadavky celé firmy", default=False)
    is_approver = models.BooleanField("schvalovatel: kalkulace a dobití", default=False)
    is_accountant = models.BooleanField("účetní: doklady", default=False)
    is_responsible = models.BooleanField("odpovědná osoba: žádá o účty", default=False)
    is_active = models.BooleanField("platí", default=True)

    ROLES = ("is_member", "is_manager", "is_approver", "is_accountant", "is_responsible")

    objects = MembershipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "oprávněná osoba"
        verbose_name_plural = "oprávněné osoby"
        ordering = ["customer__sort_key", "user__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"],
                name="membership_unique",
                violation_error_message="Tato osoba už za zákazníka jedná. Upravte její oprávnění.",
            ),
            models.CheckConstraint(
                name="membership_has_a_role",
                condition=models.Q(is_member=True)
                | models.Q(is_manager=True)
                | models.Q(is_approver=True)
                | models.Q(is_accountant=True)
                | models.Q(is_responsible=True),
                violation_error_message="Zaškrtněte aspoň jedno oprávnění.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} za {self.customer}"

    @property
    def files_requests(self) -> bool:
        return self.is_member or self.is_manager

    @property
    def reads_credit(self) -> bool:
        """Whether the company's credit and its movements are this person's business (S1-18)."""
        return self.is_manager or self.is_approver or self.is_accountant

    @property
    def role_names(self) -> str:
        """Roles in words, as the customer reads them."""
        names = [
            (self.is_manager, "vedoucí, vidí požadavky celé firmy"),
            (self.is_member and not self.is_manager, "člen, vidí vlastní požadavky"),
            (self.is_approver, "schvaluje kalkulace a dobití"),
            (self.is_accountant, "účetní, doklady"),
            (self.is_responsible, "odpovědná osoba, žádá o účty"),
        ]
        return ", ".join(text for holds, text in names if holds)


def _companies() -> models.QuerySet[Membership]:
    named = Membership.objects.active().filter(user=-1).annotate(customer_name=F("customer__name"))
    return named.order_by("customer__sort_key", "id")


ACTIVE_MEMBERSHIPS: Written[Membership] = Written(_companies)
