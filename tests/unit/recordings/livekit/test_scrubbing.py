"""No secret is ever stored with an event."""

import json

from hypothesis import given
from hypothesis import strategies as st

from recordings.livekit.events import scrub

SECRET = "hunter2"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_storage_keys_are_removed_in_both_spellings() -> None:
    payload = {
        "room": {"sid": "RM_1", "turnPassword": SECRET, "turn_password": SECRET},
        "egressInfo": {
            "track": {
                "file": {
                    "s3": {
                        "accessKey": SECRET,
                        "secret": SECRET,
                        "sessionToken": SECRET,
                        "bucket": "calls",
                        "proxy": {
                            "url": f"http://me:{SECRET}@proxy:3128",
                            "password": SECRET,
                        },
                    },
                    "gcp": {"credentials": json.dumps({"private_key": SECRET})},
                    "azure": {"accountName": "shop", "account_key": SECRET},
                }
            },
            "roomComposite": {
                "streamOutputs": [{"urls": [f"rtmp://live/app/{SECRET}"]}]
            },
            "fileResults": [
                {"location": f"https://b.s3/k.ogg?X-Amz-Signature={SECRET}&versionId=3"}
            ],
        },
        "participant": {
            "metadata": json.dumps({"crm": "4711", "apiToken": SECRET}),
            "attributes": {
                "sip.h.proxy-authorization": SECRET,
                "ticket": "https://crm/t?id=9",
            },
        },
    }

    clean = scrub(payload)

    assert SECRET not in json.dumps(clean)
    assert clean["room"]["sid"] == "RM_1"
    assert clean["egressInfo"]["track"]["file"]["s3"]["bucket"] == "calls"
    assert (
        clean["egressInfo"]["fileResults"][0]["location"]
        == "https://b.s3/k.ogg?versionId=3"
    )
    assert clean["participant"]["attributes"]["ticket"] == "https://crm/t?id=9"
    assert json.loads(clean["participant"]["metadata"])["crm"] == "4711"


def test_texts_without_secrets_stay_as_they_were() -> None:
    metadata = '{ "queue":"claims" }'

    assert scrub({"metadata": metadata, "secret": ""}) == {
        "metadata": metadata,
        "secret": "",
    }


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4))
def test_whatever_came_can_be_stored_in_postgresql(payload: dict[str, object]) -> None:
    text = json.dumps(scrub(payload), allow_nan=False, ensure_ascii=False)

    assert "\\u0000" not in text
    text.encode("utf-8")


def test_bottomless_nesting_is_cut() -> None:
    payload: dict[str, object] = {}
    inner = payload
    for _level in range(5_000):
        inner["a"] = inner = {}

    assert scrub(payload)
