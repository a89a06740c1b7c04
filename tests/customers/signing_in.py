"""How tests come through the sign-in form."""

from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.test import Client

PASSWORD = "modrý-hrnek-na-okně"
SIGN_IN = "/prihlaseni/"


def sign_in(client: Client, login: str, password: str = PASSWORD):
    return client.post(SIGN_IN, {"login": login, "password": password})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(secret: str) -> str:
    """What the authenticator app shows now."""
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"


def try_code(client: Client, code: str):
    return client.post("/prihlaseni/kod/", {"code": code})
