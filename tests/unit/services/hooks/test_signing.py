import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime

from services.hooks.signing import new_secret, signed_headers


def test_the_example_of_the_standard_is_signed_as_it_says() -> None:
    """Made with the reference implementation: its documented secret, message and time."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_secret_is_another_one_and_long_enough() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert len(b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_any_change_changes_the_signature() -> None:
    secret, at = new_secret(), datetime(2026, 1, 1, tzinfo=UTC)
    signed = signed_headers(secret, "a", at, b"body")["webhook-signature"]
    key = b64decode(secret.removeprefix("whsec_"))
    content = f"a.{int(at.timestamp())}.body".encode()
    expected = b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert signed == f"v1,{expected}"
    others = [
        signed_headers(new_secret(), "a", at, b"body"),
        signed_headers(secret, "b", at, b"body"),
        signed_headers(secret, "a", datetime(2026, 1, 2, tzinfo=UTC), b"body"),
        signed_headers(secret, "a", at, b"bodY"),
    ]
    assert signed not in {headers["webhook-signature"] for headers in others}
