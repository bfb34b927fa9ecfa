"""What django-allauth asks of us: secrets are sealed, and what a person is called."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms

from compliance.keys import keyring

RING = "second_factors"


def is_valid(form: forms.Form) -> bool:
    """Whether what was sent fits. The library stumbles over keys that are missing."""
    try:
        return form.is_valid()
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Named in the settings (MFA_ADAPTER)."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for its column."""
        return keyring(RING).encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again. Raises CannotDecrypt."""
        return keyring(RING).decrypt(encrypted_text)

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """What the device shows beside a passkey; the id is opaque."""
        return {"id": user.pk.bytes, "display_name": user.name, "name": user.email}
