"""What people are told when single sign-on did not work: what happened, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access.sso.rejections import Code

AGAIN, OUTSIDE, REFUSED, AWAY = 400, 401, 403, 503


@dataclass(frozen=True)
class Words:
    """The heading of the page, what happened, what to do, and the HTTP status."""

    title: Promise
    reason: Promise
    ask: Promise
    status: int = REFUSED


_AGAIN = _("Sign in again.")
_ADMINISTRATOR = _("Give the number below to whoever runs the portal.")
_UNTRUSTED = _("The provider's answer could not be trusted")
_NOT_IN = _("You cannot sign in here yet")


def _untrusted(reason: Promise) -> Words:
    return Words(_UNTRUSTED, reason, _ADMINISTRATOR)


WORDS: Mapping[Code, Words] = {
    Code.STATE: Words(
        _("This sign-in is over"),
        _("It was used already, took too long, or began in another browser."),
        _AGAIN,
        AGAIN,
    ),
    Code.REUSED: Words(
        _("This sign-in is over"),
        _("The provider does not accept its own code any more: each works once."),
        _AGAIN,
        AGAIN,
    ),
    Code.SIGNED_OUT: Words(
        _("Sign in again to go on"),
        _("Your session at the identity provider has ended, so it ended here, too."),
        _("You come back to the page you were on."),
        OUTSIDE,
    ),
    Code.STALE: Words(
        _("Sign in again to go on"),
        _("You showed the identity provider who you are too long ago."),
        _("Sign out there, and sign in again."),
        OUTSIDE,
    ),
    Code.DENIED: Words(
        _("The provider did not let you through"),
        _("You declined, or this portal is not assigned to your account there."),
        _("Ask whoever runs the identity provider to assign it to you."),
    ),
    Code.PROVIDER: Words(
        _("The provider did not let you through"),
        _("It reported an error of its own."),
        _("Sign in again. If it fails again, tell whoever runs the provider."),
    ),
    Code.UNREACHABLE: Words(
        _("The identity provider does not answer"),
        _("Without it nobody can be signed in this way at the moment."),
        _("Try again in a minute. Calls are recorded all the same."),
        AWAY,
    ),
    Code.DISCOVERY: Words(
        _("Single sign-on is not set up rightly"),
        _("What the provider says of itself is not what this portal was told."),
        _ADMINISTRATOR,
        AWAY,
    ),
    Code.CLIENT: Words(
        _("Single sign-on is not set up rightly"),
        _("The provider does not accept the portal's own id and secret."),
        _ADMINISTRATOR,
        AWAY,
    ),
    Code.MALFORMED: _untrusted(_("Its token does not read as the standard asks.")),
    Code.ALGORITHM: _untrusted(_("Its token is signed in another way than agreed.")),
    Code.KEY: _untrusted(_("Its token is signed with a key that is not published.")),
    Code.SIGNATURE: _untrusted(_("The signature of its token is wrong.")),
    Code.ISSUER: _untrusted(_("It names another provider as its sender.")),
    Code.AUDIENCE: _untrusted(_("Its token is meant for another application.")),
    Code.NONCE: _untrusted(_("Its token belongs to another sign-in.")),
    Code.EXPIRED: _untrusted(_("Its token is over already; a clock may be wrong.")),
    Code.CLOCK: _untrusted(_("Its token is of the future: a clock is wrong.")),
    Code.SUBJECT: _untrusted(_("It does not say whose account it speaks of.")),
    Code.ELSEWHERE: Words(
        _NOT_IN,
        _("Your account belongs to another organisation."),
        _("Choose your work account at the provider."),
    ),
    Code.OVERAGE: Words(
        _NOT_IN,
        _("You are in so many groups that the provider does not list them."),
        _(
            "Whoever runs it can send app roles, or only the groups assigned to this"
            " portal."
        ),
    ),
    Code.NO_EMAIL: Words(
        _NOT_IN,
        _("The provider tells no e-mail address of yours."),
        _("Ask whoever runs the identity provider to send it."),
    ),
    Code.EMAIL_UNVERIFIED: Words(
        _NOT_IN,
        _("The provider has not made sure that your e-mail address is yours."),
        _("Confirm the address there, then sign in again."),
    ),
    Code.EMAIL_TAKEN: Words(
        _NOT_IN,
        _("Somebody here has your e-mail address, under another account."),
        _("An administrator can tie your account to that person, if it is you."),
    ),
    Code.UNKNOWN: Words(
        _NOT_IN,
        _("You are in none of the groups that give a role here."),
        _("Ask for one of them where you ask for access at work."),
    ),
    Code.APART: Words(
        _NOT_IN,
        _("Nobody both reads the audit log and gives out roles or keys."),
        _("Your groups at the provider would let you do both: leave one of them."),
    ),
    Code.INACTIVE: Words(
        _NOT_IN,
        _("Your account here is not active."),
        _("An administrator can let you in again."),
    ),
}
