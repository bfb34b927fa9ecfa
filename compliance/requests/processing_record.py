"""The record of processing (GDPR Art. 30(1)), drawn from what is really set.

Nothing in it is typed for it: purposes are those that teams record for, data are what
the models are classified as, recipients are the external custodians and receivers that
are in use, periods are the policies in force, measures are what is switched on now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import custody
from compliance.audit import registered
from compliance.models import ExternalCustodian, Person, Purpose, SiemTarget, Team
from compliance.models.team import StaffedBy
from compliance.requests import external_custodians, measures
from compliance.retention import policies, wording

SECTIONS: Mapping[str, Promise] = {
    "controller": gettext_lazy("Controller"),
    "purposes": gettext_lazy("Purposes"),
    "subjects": gettext_lazy("Whose data"),
    "data": gettext_lazy("Which data"),
    "recipients": gettext_lazy("Recipients"),
    "transfers": gettext_lazy("Where they lie"),
    "retention": gettext_lazy("How long they are kept"),
    "measures": gettext_lazy("Security measures"),
}
"""Art. 30(1)(a) to (g), in its order."""


@dataclass(frozen=True)
class Line:
    """One statement. is_open: something is missing, or is not as it should be."""

    section: str
    name: str
    detail: str
    is_open: bool = False


@dataclass(frozen=True)
class ProcessingRecord:
    """All of it, as of a moment."""

    controller: str
    at: datetime
    lines: tuple[Line, ...]

    def of(self, section: str) -> list[Line]:
        """The lines of a section."""
        return [line for line in self.lines if line.section == section]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "article": "GDPR Art. 30(1)",
            "controller": self.controller,
            "at": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "lines": [asdict(line) for line in self.lines],
        }


def draw(*, now: datetime) -> ProcessingRecord:
    """The record as things are now, in the language of whoever asks."""
    custodians = list(external_custodians.active(now=now))
    lines = [
        *_controller(),
        *_purposes(),
        *_subjects(),
        *_data(),
        *_recipients(custodians),
        *_transfers(custodians),
        *_retention(),
        *(Line("measures", *one) for one in measures.taken(now=now)),
    ]
    return ProcessingRecord(settings.REQUESTS["controller"], now, tuple(lines))


def _controller() -> Iterator[Line]:
    told = _("Answers for it, and answers requests of the people recorded.")
    yield Line("controller", settings.REQUESTS["controller"], told)


def _purposes() -> Iterator[Line]:
    teams = Team.objects.filter(is_unassigned=False).order_by("name")
    told: dict[str, list[str]] = {}
    for name, purposes in teams.values_list("name", "purposes"):
        for purpose in purposes:
            told.setdefault(purpose, []).append(name)
    for purpose in Purpose:
        if names := told.get(purpose):
            yield Line("purposes", capfirst(str(purpose.label)), ", ".join(names))


def _subjects() -> Iterator[Line]:
    yield Line(
        "subjects", _("Callers and people called"), _("Whose calls are recorded")
    )
    staffed = Team.objects.filter(is_unassigned=False, staffed_by=StaffedBy.PEOPLE)
    if names := list(staffed.order_by("name").values_list("name", flat=True)):
        yield Line("subjects", _("Colleagues who answer calls"), ", ".join(names))
    count = Person.objects.filter(is_active=True).count()
    yield Line("subjects", _("People with access to the portal"), str(count))


def _data() -> Iterator[Line]:
    kinds = ", ".join(sorted(custody.kinds()))
    yield Line("data", _("What is said in calls"), kinds)
    rows = registered.holding_personal()
    for model in sorted(rows, key=lambda one: str(one._meta.verbose_name_plural)):
        fields = [model._meta.get_field(name) for name in sorted(rows[model].personal)]
        names = ", ".join(str(getattr(field, "verbose_name", "")) for field in fields)
        yield Line("data", capfirst(str(model._meta.verbose_name_plural)), names)


def _recipients(custodians: list[ExternalCustodian]) -> Iterator[Line]:
    for one in custodians:
        parts = [str(one.get_role_display()), " ".join(one.holds.split())]
        lacks = one.role == ExternalCustodian.Role.PROCESSOR and not one.agreement
        agreed = f" ({one.agreed_on.isoformat()})" if one.agreed_on else ""
        if one.agreement:
            parts.append(_("agreement: %(name)s") % {"name": one.agreement + agreed})
        elif lacks:
            parts.append(_("no agreement is put down"))
        yield Line("recipients", one.name, "; ".join(parts), is_open=lacks)
    for target in SiemTarget.objects.filter(is_active=True):
        yield Line("recipients", target.name, _("The audit log: ids, codes and times"))


def _transfers(custodians: list[ExternalCustodian]) -> Iterator[Line]:
    store = settings.MEDIA_STORE
    place = store.get("region") or _("a folder of this installation")
    yield Line("transfers", _("Store of the recordings"), place)
    for one in custodians:
        place = one.region or _("not known")
        yield Line("transfers", one.name, place, is_open=not one.region)


def _retention() -> Iterator[Line]:
    for one in policies.in_force():
        told = {
            _("covers"): wording.covers(one),
            _("keep at least"): wording.period(one.keep_at_least),
            _("keep until"): wording.day(one.kept_until),
            _("delete after"): wording.period(one.delete_after),
            _("counted from"): "" if one.kept_until else wording.clock(one.clock),
            _("by"): one.citation,
        }
        parts = [f"{name}: {words}" for name, words in told.items() if words]
        if not one.is_adopted:
            parts.append(_("default, unreviewed"))
        yield Line("retention", one.name, "; ".join(parts), is_open=not one.is_adopted)
