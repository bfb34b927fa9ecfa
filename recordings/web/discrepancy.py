"""One difference between store and database, and the decision about it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Approval
from compliance.publish import publish_after_commit
from recordings import orphan_deletion, settling
from recordings.models import Discrepancy
from recordings.settling import CannotSettle
from recordings.tasks import index_recording
from recordings.web.inventory import Line

Kind = Discrepancy.Kind
ADOPT, ASIDE, RESTORED, ACCEPT, DELETE = (
    "adopt", "set_aside", "restored", "accept", "delete",
)  # fmt: skip
ACTS: dict[Kind, tuple[str, ...]] = {
    Kind.ORPHAN: (ADOPT, ASIDE, DELETE),
    Kind.LOST: (RESTORED, ACCEPT),
    Kind.ALTERED: (ASIDE, RESTORED, ACCEPT),
    Kind.EXTRA: (ASIDE, ACCEPT),
}
WORDS: dict[str, Promise] = {
    ADOPT: gettext_lazy("Adopt it: it becomes a recording of its call, and is checked"),
    ASIDE: gettext_lazy("Set it aside: it stays as it lies"),
    RESTORED: gettext_lazy("It was restored: ask the store now"),
    ACCEPT: gettext_lazy("Accept it as it is"),
    DELETE: gettext_lazy("Delete it for ever: ask a second person"),
}
SHUT = gettext_lazy("Shut the recording: nobody can hear it until this is settled")


class DecisionForm(forms.Form):
    """What shall become of it, and why."""

    act = forms.ChoiceField(
        label=gettext_lazy("What shall become of it"), widget=forms.Select
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Why, and what was done. It is kept sealed."),
    )

    def __init__(self, *args: object, found: Discrepancy, **more: object) -> None:
        """Offer what may be decided about this one."""
        super().__init__(*args, **more)  # type: ignore[arg-type]
        field = self.fields["act"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = offered(found)


def offered(found: Discrepancy) -> list[tuple[str, Promise]]:
    """The decisions that this difference allows, in words."""
    acts = ACTS[Kind(found.kind)]
    if found.kind == Kind.ORPHAN and settling.call_of(found) is None:
        acts = tuple(act for act in acts if act != ADOPT)
    shuts = found.kind == Kind.ALTERED
    return [(act, SHUT if shuts and act == ASIDE else WORDS[act]) for act in acts]


@require_safe
@never_cache
@guarded(Verb.TAKE_INVENTORY)
def discrepancy(request: HttpRequest, id: UUID) -> HttpResponse:
    """What differs, and the decision, taken or to be taken."""
    rows = Discrepancy.objects.select_related("team", "recording__call", "decided_by")
    found = load_or_404(rows, request.user, Verb.TAKE_INVENTORY, id)
    may = policy.allows(request.user, Verb.QUARANTINE, found)
    part = found.recording
    context = {
        "found": found,
        "line": Line(found),
        "call": part.call if part else settling.call_of(found),
        "asked": orphan_deletion.asked(found),
        "form": DecisionForm(found=found) if may and found.waits else None,
        "may_decide": may,
        "sees_call": policy.allows(request.user, Verb.VIEW, found),
    }
    return render(request, "recordings/discrepancy.html", context)


@require_POST
@guarded(Verb.QUARANTINE)
def decide(request: HttpRequest, id: UUID) -> HttpResponse:
    """Carry out what was decided; deleting for ever is asked of a second person."""
    rows = Discrepancy.objects.select_related("team", "recording__call")
    found = load_or_404(rows, request.user, Verb.QUARANTINE, id)
    step_up.require(request, Verb.QUARANTINE)
    form = DecisionForm(request.POST, found=found)
    if not form.is_valid():
        messages.error(request, _("Choose what shall become of it."))
        return redirect("discrepancy", id)
    act, note = form.cleaned_data["act"], form.cleaned_data["note"]
    try:
        asked = _CARRY_OUT[act](request, found, note)
    except CannotSettle as error:
        messages.warning(request, str(error))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        if asked:
            return redirect("approval", asked.pk)
        messages.success(request, _("It is decided and kept with your name."))
    return redirect("discrepancy", id)


def _adopt(request: HttpRequest, found: Discrepancy, _note: str) -> None:
    part = settling.adopt(found=found, by=person_of(request), now=timezone.now())
    publish_after_commit(index_recording, recording_id=str(part.id))


def _set_aside(request: HttpRequest, found: Discrepancy, note: str) -> None:
    by, now = person_of(request), timezone.now()
    settling.set_aside(found=found, by=by, note=note, now=now)


def _restored(request: HttpRequest, found: Discrepancy, note: str) -> None:
    by, now = person_of(request), timezone.now()
    settling.settle_restored(found=found, by=by, note=note, now=now)


def _accept(request: HttpRequest, found: Discrepancy, note: str) -> None:
    settling.accept(found=found, by=person_of(request), note=note, now=timezone.now())


def _delete(request: HttpRequest, found: Discrepancy, _note: str) -> Approval:
    return orphan_deletion.ask(found=found, by=person_of(request), now=timezone.now())


_CARRY_OUT: dict[str, Callable[[HttpRequest, Discrepancy, str], Approval | None]] = {
    ADOPT: _adopt,
    ASIDE: _set_aside,
    RESTORED: _restored,
    ACCEPT: _accept,
    DELETE: _delete,
}
