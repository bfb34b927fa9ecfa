"""What policies say, in words: periods, clocks, what they cover."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import ClockEvent, PhoneNumber, Purpose, RetentionPolicy, Team
from compliance.retention.periods import Period
from compliance.retention.tiers import moves_of


def period(text: str) -> str:
    """'P5Y' as '5 years'; '' for none."""
    found = Period.parse(text)
    if found is None:
        return ""
    words = {
        "D": ngettext("%(n)s day", "%(n)s days", found.count),
        "M": ngettext("%(n)s month", "%(n)s months", found.count),
        "Y": ngettext("%(n)s year", "%(n)s years", found.count),
    }
    return words[found.unit] % {"n": found.count}


def day(last: date | None) -> str:
    """A last day; '' for none."""
    return date_format(last, "SHORT_DATE_FORMAT") if last else ""


def clock(text: str, events: Mapping[str, str] | None = None) -> str:
    """From when a policy of that clock counts. events: names by code, else asked for."""
    if not text.startswith(RetentionPolicy.EVENT):
        return str(RetentionPolicy.Clock(text).label)
    code = text.removeprefix(RetentionPolicy.EVENT)
    found = event_names({code}) if events is None else events
    return _("the event “%(name)s”") % {"name": found.get(code, code)}


def event_names(codes: Collection[str]) -> dict[str, str]:
    """The names of these events, by code."""
    rows = ClockEvent.objects.filter(code__in=codes)
    return dict(rows.values_list("code", "name"))


def covers(policy: RetentionPolicy) -> str:
    """Which recordings a policy is about; numbers are masked."""
    found = [str(policy.team) if policy.team else _("every team")]
    if policy.teams:
        teams = Team.objects.filter(pk__in=policy.teams).order_by("name")
        found = [", ".join(teams.values_list("name", flat=True))]
    if policy.direction:
        found.append(str(policy.get_direction_display()))
    if policy.places:
        found.append(", ".join(policy.places))
    if policy.purposes:
        found.append(", ".join(str(Purpose(one).label) for one in policy.purposes))
    return " · ".join([*found, *_of_their_own(policy)])


def _of_their_own(policy: RetentionPolicy) -> Iterator[str]:
    """What is said of single calls: their label, who is on the line, which they are."""
    if policy.label_key:
        yield f"{policy.label_key} = {policy.label_value or _('anything')}"
    if policy.numbers:
        count = len(policy.numbers)
        yield ngettext("%(n)s number", "%(n)s numbers", count) % {"n": count}
    if policy.number_list:
        yield _("numbers of “%(name)s”") % {"name": policy.number_list.name}
    if policy.calls:
        count = len(policy.calls)
        yield ngettext("%(n)s call", "%(n)s calls", count) % {"n": count}


def lock(policy: RetentionPolicy) -> str:
    """How firmly the store locks to its floor; '' where it has none."""
    return str(policy.get_lock_mode_display()) if policy.keep_at_least else ""


def tiers(policy: RetentionPolicy) -> str:
    """To which shelves the store moves what it covers, and after how many days."""
    words = _("after %(n)s days: %(shelf)s")
    moves = moves_of(policy.tiers)
    return "; ".join(words % {"n": m.after_days, "shelf": m.to.label} for m in moves)


def numbers(policy: RetentionPolicy) -> str:
    """Its list of numbers, masked."""
    rows = PhoneNumber.objects.filter(pk__in=policy.numbers)
    return ", ".join(sorted(one.masked for one in rows))


def said(policy: RetentionPolicy) -> list[tuple[str, str]]:
    """Everything a version says, name by name; what it leaves open is left out."""
    lines = [
        (_("Covers"), covers(policy)),
        (_("Numbers"), numbers(policy) if policy.numbers else ""),
        (_("Keep at least"), period(policy.keep_at_least)),
        (_("Keep until"), day(policy.kept_until)),
        (_("Reference"), policy.reference),
        (_("Delete after"), period(policy.delete_after)),
        (_("Playable at once for"), period(policy.playable_for)),
        (_("Counted from"), "" if policy.kept_until else clock(policy.clock)),
        (_("Grace (days)"), str(policy.grace_days or "")),
        (_("Lock of the store"), lock(policy)),
        (_("Moved by age"), tiers(policy)),
        (_("Legal basis"), policy.citation),
        (_("Note"), policy.note),
    ]
    if policy.is_ended:
        lines.insert(0, (_("Ended"), _("from this version on it says nothing")))
    return [(name, words) for name, words in lines if words]


def status(policy: RetentionPolicy) -> str:
    """Who answers for a version, or that nobody does."""
    if policy.is_draft:
        return _("draft")
    if policy.adopted_by is None:
        return _("default, unreviewed")
    since = (
        date_format(policy.published_at, "SHORT_DATE_FORMAT")
        if policy.published_at
        else ""
    )
    return _("in force since %(day)s, adopted by %(name)s") % {
        "day": since,
        "name": policy.adopted_by.name,
    }
