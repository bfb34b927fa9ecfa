"""Ask LiveKit for its SIP trunks: where calls come in, and how well that is guarded."""

from livekit import api
from livekit.protocol import sip

from recordings.livekit import errors
from recordings.livekit.calling import call
from recordings.livekit.facts import TrunkFacts


def trunks() -> list[TrunkFacts]:
    """All trunks, inbound first. Raises LiveKitUnavailable."""
    grant = api.SIPGrants(admin=True)
    try:
        inbound = call(
            grant,
            lambda livekit: livekit.sip.list_inbound_trunk(
                sip.ListSIPInboundTrunkRequest()
            ),
        )
        outbound = call(
            grant,
            lambda livekit: livekit.sip.list_outbound_trunk(
                sip.ListSIPOutboundTrunkRequest()
            ),
        )
    except errors.TRANSPORT_FAULTS as error:
        raise errors.of_question(error) from error
    return [*map(_inbound, inbound.items), *map(_outbound, outbound.items)]


def _inbound(trunk: sip.SIPInboundTrunkInfo) -> TrunkFacts:
    return TrunkFacts(
        id=trunk.sip_trunk_id,
        is_encrypted=_is_encrypted(trunk),
        takes_anybody=not trunk.allowed_addresses,
    )


def _outbound(trunk: sip.SIPOutboundTrunkInfo) -> TrunkFacts:
    return TrunkFacts(
        id=trunk.sip_trunk_id,
        is_inbound=False,
        is_encrypted=_is_encrypted(trunk),
    )


def _is_encrypted(trunk: sip.SIPInboundTrunkInfo | sip.SIPOutboundTrunkInfo) -> bool:
    """Newer servers know a setting of the media, which goes before the older one."""
    setting = trunk.media_encryption
    if trunk.media.HasField("encryption"):
        setting = trunk.media.encryption
    return setting != sip.SIPMediaEncryption.SIP_MEDIA_ENCRYPT_DISABLE
