"""Checks of Czech identifiers and login names."""

from django.core.exceptions import ValidationError
from stdnum.cz import dic as stdnum_dic
from stdnum.exceptions import ValidationError as StdnumError

ICO_LENGTH = 8


def normalize_ico(value: str) -> str:
    """Strip the blanks that people write into an IČO (S2-03: „274 63 249“)."""
    return "".join(value.split())


def is_ico(value: str) -> bool:
    """Whether eight digits carry the right check digit.

    source  S1-04; weighted sum modulo 11 of the Czech register of persons
    """
    if len(value) != ICO_LENGTH or not (value.isascii() and value.isdigit()):
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(value, range(8, 1, -1), strict=False))
    return int(value[-1]) == (11 - weighted % 11) % 10


def validate_ico(value: str) -> None:
    if not is_ico(value):
        raise ValidationError("IČO má osm číslic a kontrolní číslici, která tady nesouhlasí. Zkontrolujte je prosím.")


def validate_dic(value: str) -> None:
    try:
        stdnum_dic.validate(value)
    except StdnumError as error:
        raise ValidationError("DIČ má tvar CZ a 8 až 10 číslic. Zkontrolujte je prosím.") from error


def validate_login_name(value: str) -> None:
    """A name of digits only would be mistaken for an IČO, a slash separates the IČO from the name.

    source  D20
    """
    if value.isdigit():
        raise ValidationError("Přihlašovací jméno nemůže být jen z číslic, pletlo by se s IČO.")
    if "/" in value:
        raise ValidationError("Přihlašovací jméno nemůže obsahovat lomítko.")
