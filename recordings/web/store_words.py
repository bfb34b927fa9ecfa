"""What the store itself does for a recording, in words."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from recordings.models import Recording

Lock = Recording.StoreLock


def lock(part: Recording, *, now: datetime) -> list[str]:
    """How the store locks what has a floor; empty where there is none to lock to."""
    if part.destroyed_at is not None:
        return []
    found = []
    if part.locked_until and part.locked_until > now:
        found.append(_locked(part))
        if part.keep_until is None or part.keep_until < part.locked_until:
            found.append(
                _("That is longer than its floor: a lock is only made longer.")
            )
        elif part.locks_firmly and not part.locked_firmly:
            found.append(
                _("A policy wants compliance mode; a lock in force keeps its mode.")
            )
    if part.keep_until and part.keep_until > now:
        found += _TROUBLES.get(Lock(part.store_lock), list)()
    return found


def place(part: Recording, *, now: datetime) -> list[str]:
    """In which class of the store it lies, and whether it can be read there."""
    if part.destroyed_at is not None or not part.storage_class:
        return []
    found = [_("It lies in the store's class %(name)s.") % {"name": part.storage_class}]
    if not part.is_within_reach(now=now):
        found.append(_("It has to be brought back before it can be heard."))
    elif part.open_until:
        day = date_format(localtime(part.open_until), "SHORT_DATETIME_FORMAT")
        words = _("A copy out of the archive can be heard until %(day)s.")
        found.append(words % {"day": day})
    return found


def _locked(part: Recording) -> str:
    until = part.locked_until
    told = {"day": date_format(localtime(until), "SHORT_DATE_FORMAT") if until else ""}
    if part.locked_firmly:
        return _("The store lets nobody at all delete it until %(day)s.") % told
    words = _(
        "The store lets nobody delete it until %(day)s, but those who may bypass its"
        " governance mode."
    )
    return words % told


_TROUBLES = {
    Lock.UNABLE: lambda: [_("Its store has no locks: the portal keeps the floor.")],
    Lock.DRIFTED: lambda: [
        _(
            "Its lock was missing or shorter when the store was asked last. It is set again."
        )
    ],
    Lock.FAILED: lambda: [
        _(
            "The store did not lock it. The portal keeps the floor, and asks again hourly."
        )
    ],
    Lock.UNSEEN: lambda: [_("The store has not been asked to lock it yet.")],
}
