"""The form of a receiver of the audit log."""

from contextlib import suppress
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from compliance import siem
from compliance.models import SiemTarget
from compliance.wire import reach
from compliance.wire.trust import BadCertificate, Trust

Kind = SiemTarget.Kind
_LINES = {"rows": 3, "spellcheck": "false", "autocomplete": "off"}


class ReceiverForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is known of it; its secret can be given, and is never shown."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs=_LINES),
        help_text=_(
            "Splunk: the token of the collector. Datadog: an API key. syslog: the key of "
            "our certificate, in PEM. OCSF: leave it empty, it is made here."
        ),
    )

    class Meta:
        model = SiemTarget
        fields = ["name", "kind", "url", "ca", "certificate"]
        widgets = {
            "ca": forms.Textarea(attrs=_LINES),
            "certificate": forms.Textarea(attrs=_LINES),
        }
        help_texts = {
            "url": _(
                "https://…, with the path of the collector; for syslog tls://host:6514"
            ),
            "ca": _(
                "In PEM, of whoever vouches for the receiver. Empty: the system's."
            ),
            "certificate": _("In PEM, for a syslog server that asks for one."),
        }

    def clean(self) -> dict[str, Any]:
        """An address this kind may have, and certificates that can be read."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        kind = said.get("kind") or self.instance.kind
        self._judge(kind, said.get("url", ""))
        if kind != Kind.SYSLOG:
            said["certificate"] = ""
        if kind in {Kind.SPLUNK, Kind.DATADOG} and not self._has_secret(said):
            self.add_error("secret", _text("This kind asks for one."))
        self._read(said)
        return said

    def _has_secret(self, said: dict[str, Any]) -> bool:
        return bool(said.get("secret") or self.instance.secret_key_id)

    def _judge(self, kind: str, url: str) -> None:
        try:
            found = siem.judge(kind=kind, url=url)
            with suppress(OSError):  # a worker may know the name, where we do not
                reach.addresses(found, networks=settings.SIEM_NETWORKS)
        except reach.OutOfReach as refused:
            self.add_error("url", str(refused))

    def _read(self, said: dict[str, Any]) -> None:
        """Whether what was given in PEM is. A key that is kept is not looked at."""
        certificate, key = said.get("certificate", ""), said.get("secret", "")
        shown = certificate if key else ""
        if certificate and not key and not self.instance.certificate:
            self.add_error("secret", _text("Give the key of the certificate, too."))
        try:
            Trust(ca=said.get("ca", ""), certificate=shown, key=key).context()
        except BadCertificate:
            self.add_error("ca", _text("This cannot be read as certificates in PEM."))


class NewReceiverForm(ReceiverForm):
    """From where on, too."""

    whole = forms.TypedChoiceField(
        label=_("From"),
        coerce=lambda said: said == "whole",
        choices=(
            ("now", _("now on")),
            ("whole", _("the first entry of the log on")),
        ),
        initial="now",
    )


class ChangedReceiverForm(ReceiverForm):
    """Its kind stays; it can be switched off, and signed under a new secret."""

    renew = forms.BooleanField(
        label=_("Make a new secret, which is shown once"), required=False
    )

    class Meta(ReceiverForm.Meta):
        fields = ["name", "url", "ca", "certificate", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind == Kind.OCSF:
            del self.fields["secret"]
        else:
            del self.fields["renew"]
            self.fields["secret"].help_text = _("Empty: the one it has.")
        if self.instance.kind != Kind.SYSLOG:
            del self.fields["certificate"]
