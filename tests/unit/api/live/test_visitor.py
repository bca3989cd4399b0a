from collections.abc import Iterator

from sqlalchemy.exc import OperationalError

from api.live.visitor import until_unknown
from services.domain.access import LOCAL, Principal


async def test_a_database_that_is_away_says_nothing_about_a_key():
    looks: Iterator[Principal | Exception | None] = iter(
        [LOCAL, OperationalError("select", {}, OSError("away")), LOCAL, None]
    )

    async def known() -> Principal | None:
        match next(looks):
            case Exception() as error:
                raise error
            case visitor:
                return visitor

    await until_unknown(known, 0.0)
    assert next(looks, "none") == "none"
