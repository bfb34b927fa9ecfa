"""What receivers of the audit log answer, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ANSWERS = {
    "unreachable": gettext_lazy("nobody answers there"),
    "unknown_host": gettext_lazy("the name is not known"),
    "timeout": gettext_lazy("no answer in time"),
    "tls": gettext_lazy("TLS was refused, by it or by us"),
    "broken_off": gettext_lazy("it hung up"),
    "private_address": gettext_lazy("the address lies in a private network"),
    "bad_certificate": gettext_lazy("the certificate or its key cannot be read"),
    "no_key": gettext_lazy("its secret cannot be opened: a key of the portal is gone"),
    "stalled": gettext_lazy("nobody sends it: are workers and the beat there?"),
    "401": gettext_lazy("it does not know our secret (401)"),
    "403": gettext_lazy("it does not know our secret (403)"),
}


def told(code: str) -> str:
    """What an answer means; a status that says no more stays a number. '' for none."""
    if code in ANSWERS:
        return str(ANSWERS[code])
    return _("it answered %(code)s") % {"code": code} if code else ""
