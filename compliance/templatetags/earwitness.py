"""Presentation shared by every page: marks, states, times, lengths, numbers."""

import datetime as dt
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.audit import context
from compliance.templatetags.glyphs import GLYPHS

register = template.Library()

DASH = "\N{EN DASH}"
"""Stands where there is nothing to say."""

MS = 1000
MINUTE = 60
HOUR = 3600


@register.simple_tag
def glyph(name: str, label: str = "") -> SafeString:
    """The mark of that name; silent for readers unless it is given a label."""
    inside = mark_safe(GLYPHS[name])  # noqa: S308 - our own constants
    if not label:
        return format_html(
            '<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', inside
        )
    return format_html(
        '<svg class="glyph" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>',
        label,
        inside,
    )


@register.simple_tag
def state(
    word: str, mark: str = "none", tone: str = "", reason: str = ""
) -> SafeString:
    """A state: its mark, then its word. The colour (tone) only repeats the word.

    tone: '', red, amber, green, accent or faint. reason: shown on hover, and read out.
    """
    return format_html(
        '<span class="state{}"{}>{}<span>{}</span>{}</span>',
        f" state-{tone}" if tone else "",
        format_html(' title="{}"', reason) if reason else "",
        glyph(mark),
        word,
        format_html('<span class="visually-hidden">: {}</span>', reason)
        if reason
        else "",
    )


@register.simple_tag
def moment(value: dt.datetime | None, style: str = "day-time") -> SafeString:
    """An instant in the viewer's zone; the full stamp and UTC on hover and focus.

    style: 'day-time' (14:32:07 today), 'time' (14:32:07) or 'date' (12 Feb 2027).
    """
    if value is None:
        return format_html('<span class="faint">{}</span>', DASH)
    local = timezone.localtime(value)
    full = full_stamp(local)
    return format_html(
        '<time datetime="{}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="stamp">{}</span></time>',
        value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        full,
        short_stamp(local, today=timezone.localdate(), style=style),
        full,
    )


def short_stamp(local: dt.datetime, *, today: dt.date, style: str) -> str:
    """The words a list shows: the nearer the day, the fewer."""
    clock = local.strftime("%H:%M:%S")
    if style == "time":
        return clock
    day = local.date()
    if style == "date":
        return _day(day, "SHORT_DATE_FORMAT")
    if day == today:
        return _("%(time)s today") % {"time": clock}
    if day == today - dt.timedelta(days=1):
        return _("%(time)s yesterday") % {"time": clock}
    if day.year == today.year:
        return f"{clock} {_day(day, 'SHORT_MONTH_DAY_FORMAT')}"
    return f"{clock[:5]} {_day(day, 'SHORT_DATE_FORMAT')}"


def full_stamp(local: dt.datetime) -> str:
    """Weekday, date, time and zone, and the same instant in UTC when it differs."""
    stamp = (
        f"{_day(local.date(), 'FULL_DATE_FORMAT')}, {local:%H:%M:%S} {local.tzname()}"
    )
    if not local.utcoffset():
        return stamp
    return f"{stamp} · {local.astimezone(dt.UTC):%H:%M:%S} UTC"


def _day(day: dt.date, form: str) -> str:
    return _day_in(get_language(), day, form)


@lru_cache(maxsize=4096)
def _day_in(_language: str | None, day: dt.date, form: str) -> str:
    """A day in the language that is active. A list shows the same few many times."""
    return date_format(day, form)


@register.filter
def duration(duration_ms: int | None) -> str:
    """Milliseconds as people read a length: 0:09, 3:12, 1:02:09; a dash for unknown."""
    if duration_ms is None:
        return DASH
    seconds = round(duration_ms / MS)
    hours, rest = divmod(seconds, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


@register.filter
def seconds(milliseconds: int) -> int:
    """Whole seconds, for a link's ?t=."""
    return milliseconds // MS


@register.simple_tag
def number(phone: Any, withheld: str = "") -> SafeString:
    """A telephone number as pages show it: masked, with its country as a tag."""
    if phone is None:
        return format_html(
            '<span class="number faint">{}</span>', withheld or _("withheld")
        )
    if not phone.country:
        return format_html('<span class="number">{}</span>', phone.masked)
    return format_html(
        '<span class="number">{} <span class="place">{}</span></span>',
        phone.masked,
        phone.country,
    )


@register.filter
def initials(name: str) -> str:
    """One or two letters for a person's mark: 'Ana Maria Ruiz' gives 'AR'."""
    words = name.split()
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in ends).upper()


@register.simple_tag
def request_id() -> str:
    """The id under which the log knows this request; '' outside of one."""
    return context.request_id()
