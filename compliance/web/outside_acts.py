"""What an officer does about others on the page of a request: who else holds data, and
who was given some."""

from collections.abc import Callable, Mapping

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.models import ExternalTask, RecipientNotice
from compliance.requests import externals, notices
from compliance.web.letter_acts import LetterForm
from compliance.web.request_doing import Doing
from compliance.web.request_forms import NEVER_REMEMBERED, ActForm

_REFERENCE = gettext_lazy("Their reference")


class AskForm(ActForm):
    """By what the custodian knows our question."""

    reference = forms.CharField(
        label=_REFERENCE,
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=NEVER_REMEMBERED),
    )


class AnswerForm(AskForm):
    """In which words it answered."""

    proof = forms.CharField(
        label=gettext_lazy("What it said, or what was seen"),
        max_length=2000,
        widget=forms.Textarea(attrs=NEVER_REMEMBERED | {"rows": 3}),
    )
    field_order = ("proof", "reference")


class ImpossibleForm(ActForm):
    """Why a recipient cannot be told."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is impossible, or out of proportion"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _list(one: Doing) -> str:
    externals.tasks_for(request=one.request, by=one.by, now=one.now)
    return _("Whoever else holds data is listed.")


def _ask(one: Doing) -> str:
    externals.ask(task=_task(one), by=one.by, now=one.now, **one.said)
    return _("Put down as asked.")


def _confirm(one: Doing) -> str:
    externals.confirm(task=_task(one), by=one.by, now=one.now, **one.said)
    return _("Put down as confirmed.")


def _refuse(one: Doing) -> str:
    externals.refuse(task=_task(one), by=one.by, now=one.now, **one.said)
    return _("Put down as refused.")


def _edit_notice(one: Doing) -> str:
    _edited(one)
    return _("The letter is kept as you wrote it.")


def _notice_sent(one: Doing) -> str:
    """As it stands in the form: what was read is what went."""
    notices.sent(notice=_edited(one), by=one.by, now=one.now)
    return _("Put down as sent.")


def _notice_impossible(one: Doing) -> str:
    notices.impossible(
        notice=_notice(one), reason=one.said["reason"], by=one.by, now=one.now
    )
    return _("Put down as not told, with your reason.")


def _edited(one: Doing) -> RecipientNotice:
    notice = _notice(one)
    subject, body = one.said["subject"], one.said["body"].replace("\r\n", "\n")
    notices.edit(notice=notice, subject=subject, body=body, by=one.by)
    return notice


def _task(one: Doing) -> ExternalTask:
    return one.named(ExternalTask.objects.all(), "subject")


def _notice(one: Doing) -> RecipientNotice:
    return one.named(RecipientNotice.objects.all(), "letter")


ACTS: Mapping[str, tuple[type[ActForm], Callable[[Doing], str]]] = {
    "list-externals": (ActForm, _list),
    "ask-external": (AskForm, _ask),
    "confirm-external": (AnswerForm, _confirm),
    "refuse-external": (AnswerForm, _refuse),
    "edit-notice": (LetterForm, _edit_notice),
    "send-notice": (LetterForm, _notice_sent),
    "notice-impossible": (ImpossibleForm, _notice_impossible),
}
