"""Column types for personal data."""

from typing import Any

from django.db import models

from compliance.keys import keyring

PERSONAL = "number_encryption"
"""The ring of names, numbers and what people wrote."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is readable in Python and sealed in the database.

    The column holds a token of a key ring. It cannot be filtered on: keep a keyed
    hash beside it where a value must be found.
    """

    def __init__(self, *args: Any, ring: str = PERSONAL, **kwargs: Any) -> None:
        self.ring = ring
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """For migrations: the ring too, where it is not the usual one."""
        name, path, args, kwargs = super().deconstruct()
        if self.ring != PERSONAL:
            kwargs["ring"] = self.ring
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; the empty string and None stay as they are."""
        if not value:
            return value
        return keyring(self.ring).encrypt(str(value))

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Decrypt on the way out."""
        if not value:
            return value
        return keyring(self.ring).decrypt(value)
