"""The tokens by which the directory enters: keys of one service, which has no role."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import keys, policy
from compliance.access.permissions import Verb
from compliance.models import Person, ServiceKey

ADDRESS = "directory@scim.invalid"
"""What the directory is found by among the services; no mail can reach it."""
NAME = "Directory (SCIM)"


def make(
    *,
    name: str,
    by: Person,
    now: datetime,
    until: datetime,
    networks: Sequence[str] | None = None,
) -> tuple[ServiceKey, str]:
    """Make a token for the directory; return its row and the token, kept nowhere.

    Raises Refused, or KeyRefused when the directory was shut out.
    """
    policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        directory, _is_new = Person.objects.get_or_create(
            email=ADDRESS, defaults={"name": NAME, "kind": Person.Kind.SERVICE}
        )
        if not directory.is_active or directory.kind != Person.Kind.SERVICE:
            raise keys.KeyRefused(_("The directory is shut out: let it in first."))
        return keys.make(
            service=directory,
            name=name,
            by=by,
            now=now,
            until=until,
            networks=networks,
            surface=ServiceKey.Surface.SCIM,
        )
