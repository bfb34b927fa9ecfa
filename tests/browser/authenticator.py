"""A device with passkeys that Chromium plays: by its own debugging protocol."""

from playwright.sync_api import CDPSession, Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """Answers at once, and says that its person is there. Each tab has its own."""

    def __init__(self, page: Page) -> None:
        self.chromium: CDPSession = page.context.new_cdp_session(page)
        self.chromium.send("WebAuthn.enable")
        told = self.chromium.send(
            "WebAuthn.addVirtualAuthenticator", {"options": OPTIONS}
        )
        self.this = {"authenticatorId": told["authenticatorId"]}

    def plug_into(self, tab: Page) -> "Device":
        """The same passkeys in another tab."""
        other = Device(tab)
        kept = self.chromium.send("WebAuthn.getCredentials", self.this)
        for credential in kept["credentials"]:
            sent = {**other.this, "credential": credential}
            other.chromium.send("WebAuthn.addCredential", sent)
        return other
