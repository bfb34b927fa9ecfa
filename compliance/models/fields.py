"""Column types for personal data."""

from typing import Any

from django.db import models

from compliance.keys import keyring


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is readable in Python and sealed in the database.

    The column holds a token of the number_encryption ring. It cannot be filtered
    on: keep a keyed hash beside it where a value must be found.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; the empty string and None stay as they are."""
        if not value:
            return value
        return keyring("number_encryption").encrypt(str(value))

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Decrypt on the way out."""
        if not value:
            return value
        return keyring("number_encryption").decrypt(value)
