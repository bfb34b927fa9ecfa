"""Calls that somebody names in a form: by their ids, or by addresses in this portal."""

import re
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from compliance.models import Person
from recordings import queries

MOST_CALLS = 1_000
"""So many ids fit a text; more are caught by a filter."""
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read(text: str, person: Person) -> tuple[UUID, ...]:
    """The ids in a text; each must be one of a call this person may see.

    Raises ValidationError.
    """
    wanted = {UUID(found) for found in _ID.findall(text)}
    if text.strip() and not wanted:
        raise forms.ValidationError(_("There is no id of a call in it."))
    if len(wanted) > MOST_CALLS:
        raise forms.ValidationError(
            _("More than %(most)s: use a filter.") % {"most": MOST_CALLS}
        )
    known = queries.calls(person).filter(pk__in=wanted)
    missing = len(wanted - set(known.values_list("pk", flat=True)))
    if missing:
        raise forms.ValidationError(
            _("%(n)s of them are no calls that you may see.") % {"n": missing}
        )
    return tuple(sorted(wanted))
