"""The token channels of joins."""

from dataclasses import replace

import pytest
from langgraph.errors import EmptyChannelError

from workflow_compiler.lower.channel import SwallowingChannel, TokenChannel
from workflow_compiler.topology import Graph, JoinRule, Swallower, Swallowing

LEFT, RIGHT, ABOVE, BESIDE = 0, 1, 2, 3
RULE = JoinRule((LEFT, RIGHT), reach={ABOVE: 0b10, BESIDE: 0b10}, turn={}, ahead=0b11)
"""A join of two edges; tokens on two other edges can still come by the right one."""

LATE = 4
GRAPH = Graph(7, ((0, 5), (1, 5), (2, 1), (3, 1), (4, 6), (5, 6)))
JOIN = 5
SELF = Swallower(
    JOIN, frozenset({LEFT, RIGHT}), back=frozenset(), awaited=frozenset({ABOVE, BESIDE}), turn=None
)
ANY = replace(RULE, is_any=True, swallowers=(SELF,))

BEHIND = JoinRule(
    incoming=(LATE, 5),
    reach={LEFT: 0b10, RIGHT: 0b10, ABOVE: 0b10},
    turn={},
    ahead=0b11,
    swallowers=(SELF,),
)
"""A join of all; what comes to the one above can come by its second edge."""


def swallowing(rule: JoinRule, *tokens: int) -> SwallowingChannel:
    return SwallowingChannel(rule, Swallowing(GRAPH, rule.swallowers), tokens)


def taken(*edges: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (), edges


def moved(consumed: int, *edges: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (consumed,), edges


def test_it_waits_for_what_can_still_come():
    channel = TokenChannel(RULE)
    channel.update([taken(LEFT, ABOVE)])
    assert not channel.is_available()
    channel.update([moved(ABOVE, RIGHT)])
    assert channel.get() == [LEFT, RIGHT]


def test_it_waits_no_longer_when_nothing_can_come():
    channel = TokenChannel(RULE)
    channel.update([taken(LEFT, ABOVE)])
    channel.update([moved(ABOVE)])
    assert channel.get() == [LEFT]


def test_reports_of_one_step_are_seen_together():
    channel = TokenChannel(RULE, (ABOVE,))
    channel.update([taken(LEFT), moved(ABOVE, BESIDE)])
    assert not channel.is_available()


def test_consuming_makes_it_ready_for_the_next_turn():
    channel = TokenChannel(RULE, (LEFT,))
    assert channel.consume()
    assert not channel.consume()
    with pytest.raises(EmptyChannelError):
        channel.get()
    channel.update([taken(RIGHT)])
    assert channel.get() == [RIGHT]


@pytest.mark.parametrize(
    ("empty", "filled"),
    [
        (TokenChannel(RULE), TokenChannel(RULE, (LEFT, ABOVE))),
        (swallowing(ANY), swallowing(ANY, 0, 2)),
    ],
)
def test_it_lives_in_the_checkpoint(empty: TokenChannel, filled: TokenChannel):
    restored = empty.from_checkpoint(filled.checkpoint())
    assert restored.checkpoint() == [LEFT, ABOVE]
    assert type(restored) is type(filled)
    assert not empty.from_checkpoint(empty.checkpoint()).is_available()


def test_a_copy_goes_its_own_way():
    channel = TokenChannel(RULE, (LEFT,))
    copy = channel.copy()
    assert copy == channel
    copy.consume()
    assert (channel.is_available(), copy.is_available()) == (True, False)


def test_channels_of_different_kinds_differ():
    assert TokenChannel(ANY) != swallowing(ANY)


def test_any_fires_on_the_first_token():
    assert swallowing(ANY, LEFT, ABOVE).get() == [LEFT]


def test_any_swallows_what_comes_late():
    channel = swallowing(ANY, LEFT, ABOVE)
    channel.update([moved(LEFT)])
    assert not channel.is_available()
    channel.update([moved(ABOVE, RIGHT)])
    assert not channel.is_available()


def test_any_is_armed_again_when_nothing_can_come():
    channel = swallowing(ANY, LEFT, ABOVE)
    channel.update([moved(LEFT)])
    channel.update([moved(ABOVE)])
    channel.update([taken(LEFT)])
    assert channel.get() == [LEFT]


def test_any_swallows_as_long_as_something_can_come():
    channel = swallowing(ANY, LEFT, ABOVE, BESIDE)
    channel.update([moved(LEFT)])
    for consumed in (ABOVE, BESIDE):
        channel.update([moved(consumed, RIGHT)])
        assert not channel.is_available()
    channel.update([taken(RIGHT)])
    assert channel.get() == [RIGHT]


def test_any_that_nothing_more_can_come_to_keeps_the_token_of_the_next_turn():
    channel = swallowing(ANY, LEFT)
    channel.update([moved(LEFT), taken(RIGHT)])
    assert channel.get() == [RIGHT]


def test_a_join_does_not_wait_for_what_another_one_swallows():
    channel = swallowing(BEHIND, LATE, LEFT, ABOVE)
    assert not channel.is_available()
    channel.update([moved(LEFT)])
    assert channel.get() == [LATE]


def test_what_is_disarmed_stays_so_in_the_checkpoint():
    channel = swallowing(BEHIND, LATE, LEFT, ABOVE)
    channel.update([moved(LEFT)])
    restored = swallowing(BEHIND).from_checkpoint(channel.checkpoint()).copy()
    restored.update([moved(ABOVE, RIGHT)])
    assert restored.get() == [LATE]
