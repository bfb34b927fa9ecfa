"""The lists that officers keep: do not record, standing consents, notices to staff."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.consent.staff_notices import NoticeRefused
from compliance.consent.standing_consents import ConsentRefused
from compliance.models import Person, PhoneNumber, StandingConsent, StandingNotice
from recordings import searching
from recordings.do_not_record import ListRefused
from recordings.models import DoNotRecord
from recordings.web import list_acts
from recordings.web.list_forms import (
    DoNotRecordForm,
    ListForm,
    SearchForm,
    StaffNoticeForm,
    StandingConsentForm,
)

SHOWN = 50
NOBODY = "none"
"""What stands for a number that we have never heard of."""
Refusals = (ListRefused, ConsentRefused, NoticeRefused)


@dataclass(frozen=True)
class Kind:
    """One of the lists: its words, its rows, its form, and what is done to them."""

    key: str
    name: Promise
    question: Promise
    answer: Promise
    verb: Verb
    model: type[models.Model]
    order: keyset.Order
    shown_with: tuple[str, ...]
    form: type[ListForm]
    add: Callable[[dict[str, Any], Person, datetime], str]
    end: Callable[[Any, Person, datetime], str]
    has_numbers: bool = True

    @property
    def template(self) -> str:
        """The table."""
        return f"recordings/_list_{self.key.replace('-', '_')}.html"

    def rows(self, person: Person, number: str) -> "models.QuerySet[Any]":
        """What this person keeps of the list, or what of it is about one number."""
        rows = self.model._default_manager.select_related(*self.shown_with)
        if self.model is DoNotRecord:
            rows = rows.annotate(bears_on=Count("calls"))
        if number and self.has_numbers:
            rows = rows.none() if number == NOBODY else rows.filter(number=number)
        return policy.scope_for(person, self.verb).narrow(rows)


KINDS = (
    Kind(
        "do-not-record",
        gettext_lazy("Do not record"),
        gettext_lazy("Whose calls are not recorded?"),
        gettext_lazy(
            "A call with a number or over a trunk of this list is rightly not recorded,"
            " and says so. The list comes before a duty to record."
        ),
        Verb.EDIT_LIST,
        DoNotRecord,
        keyset.Order("since"),
        ("number", "trunk", "team", "added_by"),
        DoNotRecordForm,
        list_acts.add_entry,
        list_acts.end_entry,
    ),
    Kind(
        "consents",
        gettext_lazy("Standing consents"),
        gettext_lazy("Who agreed once for every call?"),
        gettext_lazy(
            "Whoever calls from such a number is not asked again. A refusal or a"
            " withdrawal on the call always wins."
        ),
        Verb.KEEP_CONSENT,
        StandingConsent,
        keyset.Order("recorded_at"),
        ("number", "team", "recorded_by"),
        StandingConsentForm,
        list_acts.add_consent,
        list_acts.withdraw_consent,
    ),
    Kind(
        "notices",
        gettext_lazy("Notices to staff"),
        gettext_lazy("Have our own people been told?"),
        gettext_lazy(
            "Staff are told once, not on each call. Where the law asks for it, a verdict"
            " names the notice, or says that there is none."
        ),
        Verb.EDIT_LIST,
        StandingNotice,
        keyset.Order("given_on"),
        ("team", "person", "recorded_by"),
        StaffNoticeForm,
        list_acts.give_notice,
        list_acts.end_notice,
        has_numbers=False,
    ),
)


@require_safe
@never_cache
@guarded(Verb.EDIT_LIST)
def lists(request: HttpRequest, key: str = KINDS[0].key) -> HttpResponse:
    """One of the lists."""
    kind, person = _kind(key), person_of(request)
    policy.require(person, kind.verb)
    return _drawn(request, kind, kind.form(person=person, initial=list_acts.initial()))


@require_POST
@guarded(Verb.EDIT_LIST)
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Put something on a list; what is wrong with it is said beside the form."""
    kind, person = _kind(key), person_of(request)
    policy.require(person, kind.verb)
    form = kind.form(request.POST, person=person)
    if form.is_valid():
        try:
            told = kind.add(form.cleaned_data, person, timezone.now())
        except Refusals as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, told)
            return redirect("list", key)
    return _drawn(request, kind, form)


@require_POST
@guarded(Verb.EDIT_LIST)
def end(request: HttpRequest, key: str, id: UUID) -> HttpResponse:
    """Take an entry off, withdraw a consent, end a notice."""
    kind, person = _kind(key), person_of(request)
    row = load_or_404(kind.model._default_manager.all(), person, kind.verb, id)
    messages.success(request, kind.end(row, person, timezone.now()))
    return redirect("list", key)


@require_POST
@guarded(Verb.SEARCH_PERSON)
def find(request: HttpRequest, key: str) -> HttpResponse:
    """Find a number: the address that follows carries an opaque id, and no number."""
    kind, person = _kind(key), person_of(request)
    form = SearchForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Write the whole number, with + and the country."))
        return redirect("list", key)
    wanted = form.cleaned_data["wanted"]
    searching.by_person(wanted, by=person, now=timezone.now())
    number = PhoneNumber.find(list_acts.e164(wanted))
    query = urlencode({"number": str(number.id) if number else NOBODY})
    return redirect(f"{reverse('list', args=[kind.key])}?{query}")


def _drawn(request: HttpRequest, kind: Kind, form: ListForm) -> HttpResponse:
    person = person_of(request)
    number = _number(request)
    page = _page(kind, person, number, request.GET.get("cursor", ""))
    here = reverse("list", args=[kind.key])
    context = {
        "kind": kind,
        "kinds": [one for one in KINDS if policy.allows(person, one.verb)],
        "form": form,
        "search": SearchForm(auto_id="find_%s") if kind.has_numbers else None,
        "number": number,
        "rows": page.rows,
        "older_url": _url(here, number, page.next),
        "newer_url": _url(here, number, page.previous),
        "untold": list_acts.teams_untold(person) if kind.key == "notices" else [],
        "now": timezone.now(),
        "today": timezone.now().date(),
    }
    return render(request, "recordings/lists.html", context)


def _page(kind: Kind, person: Person, number: str, cursor: str) -> keyset.Page[Any]:
    rows = kind.rows(person, number)
    return keyset.page_or_first(rows, order=kind.order, cursor=cursor, size=SHOWN)


def _number(request: HttpRequest) -> str:
    """The id of the number that was looked for; '' for every one."""
    asked = request.GET.get("number", "")
    try:
        return asked if asked == NOBODY else str(UUID(asked))
    except ValueError:
        return ""


def _url(here: str, number: str, cursor: str) -> str:
    if not cursor:
        return ""
    asked = {"number": number, "cursor": cursor}
    return f"{here}?{urlencode({k: v for k, v in asked.items() if v})}"


def _kind(key: str) -> Kind:
    for kind in KINDS:
        if kind.key == key:
            return kind
    raise Http404
