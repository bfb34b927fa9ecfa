"""Can people sign in through the identity provider?"""

from collections.abc import Iterator

from compliance.access.sso import provider
from compliance.access.sso.rejections import Code, Rejected
from recordings.finding import Finding, fail, ok

_REMEDIES = {
    Code.UNREACHABLE: "Is the issuer right, and reachable from this machine?",
    Code.DISCOVERY: "It must name itself as EARWITNESS_OIDC_ISSUER has it, to the letter,"
    " and offer S256, the algorithm that is set, and https.",
}


def findings() -> Iterator[Finding]:
    """What it says of itself, and whether one of its keys can sign for us."""
    if not provider.is_on():
        yield ok("no identity provider is set up")
        return
    try:
        provider.endpoints()
        yield ok("the identity provider says where it is reached")
        count = provider.usable_keys()
    except Rejected as rejected:
        told = f"the identity provider is of no use ({rejected.code})"
        yield fail(told, _REMEDIES.get(rejected.code, "See docs/sso.md."))
        return
    if count:
        yield ok(f"{count} of its keys can sign here")
    else:
        algorithm = provider.client().algorithm
        yield fail(f"none of its keys is for {algorithm}", "Set the one that it uses.")
