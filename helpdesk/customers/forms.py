"""Forms of sign-in, accounts and access; allauth's own get our labels and hints."""

from __future__ import annotations

import json
from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest
from django.utils import timezone
from phonenumber_field.formfields import PhoneNumberField

from helpdesk.customers.devices import known_device
from helpdesk.customers.models import AccessRequest, Contract, Customer, User
from helpdesk.customers.services.code_attempts import code_accepted, code_refused, take_code_attempt
from helpdesk.customers.services.delays import AttemptTooSoon
from helpdesk.customers.services.password_resets import request_password_reset

ADVICE = (
    "Aspoň 10\u00a0znaků. Nejlépe několik slov za\u00a0sebou, která nesouvisí s\u00a0vaším jménem. Příliš běžná hesla odmítneme."
)
NOT_VERIFIED = "Přístupový klíč neověřil, že ho máte v\u00a0ruce vy. Použijte otisk, obličej nebo PIN, nebo se přihlaste heslem."
DIFFERENT = "Obě hesla se musí shodovat. Napište je prosím znovu."


class PlainFields:
    """Labels stand above fields; allauth's placeholders would only repeat them."""

    labels: dict[str, str] = {}
    hints: dict[str, str] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class SignInForm(PlainFields, account.LoginForm):
    """Login name, e-mail or IČO, and a password (S2-03, S4-06)."""

    labels = {"login": "Přihlašovací jméno", "password": "Heslo"}
    hints = {"login": "Jméno, e\u2011mail nebo IČO\u00a0firmy"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username webauthn", "autocapitalize": "none", "maxlength": 254}

    def user_credentials(self) -> dict[str, str]:
        """What the sign-in backend tells apart itself."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class ForgottenPasswordForm(PlainFields, account.ResetPasswordForm):
    """„Zapomenuté heslo“: for accounts that were activated; a first password needs a verified invitation (S2-05)."""

    labels = {"email": "E\u2011mail"}
    hints = {"email": "Adresa, kterou máte u\u00a0svého účtu."}

    def clean_email(self) -> str:
        """Nobody is looked up here: an unknown address takes the same time."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        request_password_reset(email=email, at=timezone.now())
        return email


NEW_PASSWORD = {"password1": "Nové heslo", "password2": "Nové heslo ještě jednou"}


class ResetPasswordForm(PlainFields, account.ResetPasswordKeyForm):
    labels = NEW_PASSWORD
    hints = {"password1": ADVICE}


class ChangePasswordForm(PlainFields, account.ChangePasswordForm):
    labels = {"oldpassword": "Současné heslo", **NEW_PASSWORD}
    hints = {"password1": ADVICE}


class SetPasswordForm(PlainFields, account.SetPasswordForm):
    labels = NEW_PASSWORD
    hints = {"password1": ADVICE}


class ReauthenticateForm(PlainFields, account.ReauthenticateForm):
    labels = {"password": "Heslo"}


class SlowedCodes:
    """A code is counted before it is looked at, per person and place (D20); allauth would stop the owner as well."""

    user: User

    def clean_code(self) -> str:
        request, at = context.request, timezone.now()
        ip, device = request.META.get("REMOTE_ADDR"), known_device(request, self.user)
        try:
            tried = take_code_attempt(user=self.user, ip=ip, device=device, at=at)
        except AttemptTooSoon as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        try:
            code: str = super().clean_code()
        except forms.ValidationError:
            code_refused(user=self.user, tried=tried, ip=ip, at=at)
            raise
        code_accepted(user=self.user, ip=ip, device=device)
        return code


class CodeForm(PlainFields, SlowedCodes, second_factor.AuthenticateForm):
    labels = {"code": "Kód"}
    hints = {"code": "Šest číslic z\u00a0aplikace, nebo jeden ze\u00a0záložních kódů."}


class ReauthenticateCodeForm(PlainFields, SlowedCodes, second_factor.ReauthenticateForm):
    labels = CodeForm.labels
    hints = CodeForm.hints


class ActivateTotpForm(PlainFields, totp.ActivateTOTPForm):
    labels = {"code": "Kód z\u00a0aplikace"}


class AnswerDecoder(json.JSONDecoder):
    """JSON in which a number that Python refuses to read is a mistake of the form, as any other, and an answer is an object."""

    def decode(self, text: str, *args: Any) -> Any:
        try:
            found = super().decode(text, *args)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), text, 0) from error
        if not isinstance(found, dict):
            raise json.JSONDecodeError("no object", text, 0)
        return found


class PasskeyAnswer(forms.Form):
    """What the browser says about a passkey."""

    credential = forms.JSONField(widget=forms.HiddenInput, decoder=AnswerDecoder)


class PasskeyCodeForm(PasskeyAnswer, webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class PasskeyAgainForm(PasskeyAnswer, webauthn.ReauthenticateWebAuthnForm):
    """A passkey before an act that needs the person once more."""


class AddPasskeyForm(PlainFields, PasskeyAnswer, webauthn.AddWebAuthnForm):
    labels = {"name": "Název", "passwordless": "Přihlašovat jen tímto klíčem, bez hesla"}
    hints = {
        "name": "Podle čeho klíč poznáte, například „Služební notebook“.",
        "passwordless": "Zařízení při přihlášení ověří otisk, obličej nebo PIN.",
    }


class EditPasskeyForm(PlainFields, webauthn.EditWebAuthnForm):
    labels = {"name": "Název"}


class PasskeySignInForm(PasskeyAnswer, webauthn.LoginWebAuthnForm):
    """A passkey in place of password and code: only when its device has verified who holds it.

    The challenge alone does not ask for it: one made for the second step of another sign-in would be accepted here, too.
    """

    def clean_credential(self) -> Authenticator:
        response = parse_authentication_response(self.cleaned_data["credential"])
        if not response.response.authenticator_data.is_user_verified():
            raise forms.ValidationError(NOT_VERIFIED)
        return super().clean_credential()


class InvitationForm(forms.Form):
    """The first password of an invited person."""

    password1 = forms.CharField(
        label="Heslo",
        strip=False,
        help_text=ADVICE,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="Heslo ještě jednou", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self) -> str:
        password_validation.validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]

    def clean(self) -> dict[str, Any]:
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", DIFFERENT)
        return self.cleaned_data


class StaffInvitationForm(InvitationForm):
    """Password and second factor of a member of staff in one go.

    secret  of the app with codes, as the page shows it
    """

    code = forms.CharField(
        label="Kód z\u00a0aplikace",
        help_text="Šest číslic, které aplikace ukazuje teď.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_code(self) -> str:
        if not validate_totp_code(self.secret, self.cleaned_data["code"]):
            raise forms.ValidationError("Kód nesouhlasí. Napište ten, který aplikace ukazuje teď, a zadejte znovu i heslo.")
        return str(self.cleaned_data["code"])


class AccessForm(forms.ModelForm):
    """„Nemám přístup“: whoever asks is verified by a person (S2-04, S2-05).

    website  a trap for machines; people do not see it
    """

    phone = PhoneNumberField(label="Telefon", region="CZ", help_text="Zavoláme vám, abychom ověřili, že jste to vy.")
    website = forms.CharField(
        label="Toto pole nevyplňujte", required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    class Meta:
        model = AccessRequest
        fields = ["full_name", "email", "phone", "company", "hand_over", "message"]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "company": forms.TextInput(attrs={"autocomplete": "organization"}),
            "message": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {"message": "Například kdo ve\u00a0vaší firmě potvrdí, že přístup potřebujete."}

    @property
    def is_from_a_machine(self) -> bool:
        return bool(self.cleaned_data["website"])


class AccountRequestForm(forms.ModelForm):
    """A responsible person asks for a colleague's account (S4-05)."""

    customer = forms.ModelChoiceField(Customer.objects.none(), label="Společnost", empty_label=None)

    class Meta:
        model = AccessRequest
        fields = ["customer", "full_name", "email", "phone", "hand_over", "message"]
        widgets = {"message": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"message": "Co bude kolega dělat: podávat požadavky, schvalovat kalkulace, vidět doklady…"}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = user.memberships.active().filter(is_responsible=True)
        # mypy knows only a plain Field here
        self.fields["customer"].queryset = Customer.objects.filter(pk__in=members.values("customer"))  # type: ignore[attr-defined]


class ProfileForm(forms.ModelForm):
    """What people say about themselves; login name and e-mail are kept by support."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone", "theme", "notify_states", "notify_messages"]
        labels = {"first_name": "Jméno", "last_name": "Příjmení"}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "theme": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_name"].required = True


class SenderForm(forms.Form):
    """By which contract e-mails from the person's own address are filed."""

    contract = forms.ModelChoiceField(Contract.objects.none(), label="Smlouva", empty_label=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customers = user.memberships.active().values("customer")
        contracts = Contract.objects.filter(customer__in=customers, is_active=True)
        # mypy knows only a plain Field here
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]
