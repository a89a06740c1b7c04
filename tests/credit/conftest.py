"""Whatever a test does to credit, balances equal the movements when it ends."""

from tests.credit.sound import sound_ledger

__all__ = ["sound_ledger"]
