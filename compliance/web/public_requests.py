"""The public form: on a surface and, where one is named, a host of its own.

No session, no script, no picture from elsewhere. Its words are data
(`compliance.requests.wording`), in the language of the visitor.
"""

from typing import Any, cast

from babel import Locale
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.access.guards import public
from compliance.audit import context
from compliance.models import SubjectRequest
from compliance.publish import publish_after_commit
from compliance.requests import public_form
from compliance.requests.laws import laws
from compliance.requests.public_form import Entered, TooMany
from compliance.requests.wording import LANGUAGES, Wording, wording
from compliance.tasks import deliver_letters
from compliance.web.request_forms import whole_number

UNPROCESSABLE, TOO_MANY, GONE = 422, 429, 410


class PublicForm(forms.Form):
    """What a person is asked. `website` is for programs: people do not see it."""

    kind = forms.ChoiceField()
    country = forms.ChoiceField(required=False)
    full_name = forms.CharField(max_length=200)
    email = forms.EmailField(max_length=200)
    number = forms.CharField(max_length=40, required=False)
    words = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    website = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, words: Wording, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = cast("forms.ChoiceField", self.fields["kind"])
        kind.choices = [(one, words.kinds[one]) for one in SubjectRequest.Kind.values]
        country = cast("forms.ChoiceField", self.fields["country"])
        country.choices = [("", words.form["elsewhere"]), *_countries(words)]
        for name, field in self.fields.items():
            field.label = words.form[name]
            field.help_text = words.form.get(f"{name}_help", "")
            field.error_messages = dict.fromkeys(
                ("required", "invalid", "invalid_choice", "max_length"),
                words.form["wrong"],
            )
        self.wrong = words.form["wrong"]

    def clean_number(self) -> str:
        """A whole number, or none."""
        value: str = self.cleaned_data["number"]
        try:
            return whole_number(value) if value else ""
        except forms.ValidationError as error:
            raise forms.ValidationError(self.wrong) from error

    def entered(self, language: str) -> Entered:
        """What was written."""
        said = dict(self.cleaned_data)
        said.pop("website")
        return Entered(language=language, name=said.pop("full_name"), **said)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public
def form(request: HttpRequest) -> HttpResponse:
    """The form. Whatever is sent, the answer is one and the same."""
    words, now = _words(request), timezone.now()
    if request.method != "POST":
        return _drawn(request, words, PublicForm(words=words))
    try:
        public_form.count_sender(context.current().address)
        filled = PublicForm(request.POST, words=words)
        if not filled.is_valid():
            return _drawn(request, words, filled, status=UNPROCESSABLE)
        if not public_form.is_of_a_person(request.POST.get("shown", ""), now=now):
            wrong = words.form["too_fast"]
            return _drawn(request, words, filled, wrong=wrong, status=UNPROCESSABLE)
        if not filled.cleaned_data["website"]:
            base = f"{request.scheme}://{request.get_host()}"
            said = filled.entered(words.language)
            public_form.enter(entered=said, base=base, now=now)
            publish_after_commit(deliver_letters)
    except TooMany:
        told = _told(request, words, "too_many")
        told.status_code = TOO_MANY
        return told
    return redirect(f"/privacy/sent?lang={words.language}")


@require_safe
@never_cache
@public
def sent(request: HttpRequest) -> HttpResponse:
    """Look into your mail."""
    return _told(request, _words(request), "sent", title="sent_title")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: shows a button, for programs that look into mails follow
    links and press none."""
    now = timezone.now()
    entry = public_form.waiting(token, now=now)
    if entry is None:
        answer = _told(request, _words(request), "over", title="over_title")
        answer.status_code = GONE
        return answer
    words = wording(public_form.read_back(entry).language)
    if request.method == "POST":
        public_form.confirm(token, now=now)
        publish_after_commit(deliver_letters)
        return _told(request, words, "done", title="done_title")
    return _told(
        request, words, "confirm", title="confirm_title", button="confirm_button"
    )


def _words(request: HttpRequest) -> Wording:
    """Chosen, else by what the browser asks for, else English."""
    if (chosen := request.GET.get("lang", "")) in LANGUAGES:
        return wording(chosen)
    accepted = request.headers.get("Accept-Language", "")
    for part in accepted.split(","):
        if (short := part.strip()[:2].lower()) in LANGUAGES:
            return wording(short)
    return wording(LANGUAGES[0])


def _countries(words: Wording) -> list[tuple[str, str]]:
    """The places that a law of ours is about, by their names in that language."""
    names = Locale(words.language).territories
    places = {place for one in laws().values() for place in one.places}
    told = [
        (place, f"{names['US']}: California" if place == "US-CA" else names[place])
        for place in places
        if place == "US-CA" or place in names
    ]
    return sorted(
        ((code, name) for code, name in told if code != "EU"), key=lambda one: one[1]
    )


def _drawn(
    request: HttpRequest,
    words: Wording,
    filled: PublicForm,
    *,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    told = {
        "form": filled,
        "wrong": wrong,
        "shown": public_form.open_token(now=timezone.now()),
        "languages": [(one, wording(one).name) for one in LANGUAGES],
        **_common(words, "lead"),
        "title": words.form["title"],
        "send": words.form["send"],
    }
    return render(request, "public/form.html", told, status=status)


def _told(
    request: HttpRequest,
    words: Wording,
    what: str,
    *,
    title: str = "title",
    button: str = "",
) -> HttpResponse:
    told = _common(words, what) | {
        "title": words.form[title],
        "button": words.form[button] if button else "",
        "again": "" if what in {"confirm", "done"} else words.form["again"],
    }
    return render(request, "public/told.html", told)


def _common(words: Wording, what: str) -> dict[str, Any]:
    controller = settings.REQUESTS["controller"]
    return {
        "language": words.language,
        "controller": controller,
        "text": words.form[what].format(controller=controller),
    }
