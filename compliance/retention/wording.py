"""What policies say, in words: periods, clocks, what they cover."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import PhoneNumber, Purpose, RetentionPolicy
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


def covers(policy: RetentionPolicy) -> str:
    """Which recordings a policy is about; numbers are masked."""
    found = [str(policy.team) if policy.team else _("every team")]
    if policy.direction:
        found.append(str(policy.get_direction_display()))
    if policy.places:
        found.append(", ".join(policy.places))
    if policy.purposes:
        found.append(", ".join(str(Purpose(one).label) for one in policy.purposes))
    if policy.label_key:
        found.append(f"{policy.label_key} = {policy.label_value or _('anything')}")
    if policy.numbers:
        count = len(policy.numbers)
        found.append(ngettext("%(n)s number", "%(n)s numbers", count) % {"n": count})
    return " · ".join(found)


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
        (_("Delete after"), period(policy.delete_after)),
        (_("Counted from"), str(policy.get_clock_display())),
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
    day = (
        date_format(policy.published_at, "SHORT_DATE_FORMAT")
        if policy.published_at
        else ""
    )
    return _("in force since %(day)s, adopted by %(name)s") % {
        "day": day,
        "name": policy.adopted_by.name,
    }
