"""What an officer does with a letter on the page of a request: read, changed, sent."""

from collections.abc import Callable, Mapping

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.models import RequestLetter, SubjectRequest
from compliance.requests import letters
from compliance.requests.clock import NotByLaw
from compliance.web.request_doing import Doing
from compliance.web.request_forms import ActForm


class LetterForm(ActForm):
    """What a letter says. Prefilled with what was prepared."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=20_000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 12}),
    )


def form_of(letter: RequestLetter, *, about: SubjectRequest) -> LetterForm:
    """The form of a letter about a request that can still be changed."""
    said = {"subject": letter.subject, "body": letter.body}
    form = LetterForm(request=about, initial=said)
    form.auto_id = f"letter_{letter.pk}_%s"
    return form


def _edit(one: Doing) -> str:
    _edited(one)
    return _("The letter is kept as you wrote it.")


def _send(one: Doing) -> str:
    """As it stands in the form: what was read is what goes."""
    letter = _edited(one)
    try:
        letters.release(letter=letter, by=one.by, now=one.now)
    except letters.NotEditable as refused:
        raise NotByLaw(str(refused)) from refused
    return _("The letter is on its way.")


def _posted(one: Doing) -> str:
    letters.posted(letter=_letter(one), by=one.by, now=one.now)
    return _("Put down as posted.")


def _edited(one: Doing) -> RequestLetter:
    letter = _letter(one)
    subject, body = one.said["subject"], one.said["body"].replace("\r\n", "\n")
    try:
        letters.edit(letter=letter, subject=subject, body=body, by=one.by)
    except letters.NotEditable as refused:
        raise NotByLaw(str(refused)) from refused
    return letter


def _letter(one: Doing) -> RequestLetter:
    return one.named(RequestLetter.objects.all(), "letter")


ACTS: Mapping[str, tuple[type[ActForm], Callable[[Doing], str]]] = {
    "edit-letter": (LetterForm, _edit),
    "send-letter": (LetterForm, _send),
    "posted": (ActForm, _posted),
}
