"""A part that lies in an archive: how it is asked for, or how far it has come."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recordings import archive_restore
from recordings.models import Recording, Restoration
from recordings.web.stop import Stop

MINUTES = 60


def stop(part: Recording, *, now: datetime) -> Stop:
    """It lies where the store delivers it only when asked: how, or how far that is."""
    wanted = archive_restore.under_way(part)
    if wanted is None:
        return Stop(
            _("It lies in an archive"),
            _("The store has to bring a copy before it can be heard."),
            _("The copy stays for %(n)s days; you are mailed when it is there.")
            % {"n": archive_restore.KEPT_DAYS},
            mark="wait",
            asks=reverse("archive-restore", args=[part.pk]),
            ways=[
                _way(one.speed, one.within) for one in archive_restore.ways_back(part)
            ],
        )
    when = date_format(localtime(wanted.expected_at), "DATETIME_FORMAT")
    return Stop(
        _("On its way out of the archive"),
        _("The store promises it by %(when)s.") % {"when": when},
        _("%(name)s asked for it.") % {"name": wanted.asked_by.name},
        mark="work",
        percent=wanted.progress(now=now),
        is_passing=True,
    )


def _way(speed: str, promised: timedelta) -> tuple[str, str, str]:
    """Code and words of a speed, and within what time it is promised."""
    minutes = int(promised.total_seconds() // 60)
    within = (
        ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
        if minutes < MINUTES
        else ngettext("%(n)s hour", "%(n)s hours", minutes // MINUTES)
        % {"n": minutes // MINUTES}
    )
    choice = Restoration.Speed(speed)
    return choice.value, str(choice.label), within
