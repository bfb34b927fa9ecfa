"""Signing in with e-mail and password. It knows who somebody is, and no more."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from compliance.models import Person


class ActivePeople(ModelBackend):
    """Lets active people in; services have keys.

    Django's permissions play no part: `access.policy` answers, and only it.
    """

    def user_can_authenticate(self, user: Person | AnonymousUser | None) -> bool:
        """Whether this person may sign in, asked again on every request."""
        return (
            isinstance(user, Person)
            and user.is_active
            and user.kind == Person.Kind.HUMAN
        )

    def has_perm(self, *_: object, **__: object) -> bool:
        """No: nobody holds a Django permission."""
        return False

    def has_module_perms(self, *_: object, **__: object) -> bool:
        """No: nobody holds a Django permission."""
        return False


class PasswordBackend(ActivePeople):
    """Who knows the password is the person, where local accounts may sign in at all."""

    def user_can_authenticate(self, user: Person | AnonymousUser | None) -> bool:
        """Asked on every request: turning local login off ends what it opened."""
        return settings.LOCAL_LOGIN and super().user_can_authenticate(user)
