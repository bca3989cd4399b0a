import asyncio
import time

from services.telemetry.loop_delay import INTERVAL_SECONDS, LoopDelay


async def test_a_loop_that_is_blocked_is_late_and_one_pause_is_no_habit():
    told: asyncio.Queue[float] = asyncio.Queue()
    async with LoopDelay(told.put_nowait) as subject:
        for is_habit in (False, False, True):
            await asyncio.sleep(0.01)
            time.sleep(INTERVAL_SECONDS + 0.2)  # noqa: ASYNC251 - this is what is measured
            assert await told.get() >= 0.15
            assert (subject.steady >= 0.15) is is_habit
