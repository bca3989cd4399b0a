"""Sums and prices of model calls."""

from workflow_compiler.usage import Price, Usage, priced, sum_of

ONE = Usage(input_tokens=1, output_tokens=2, total_tokens=3, cost_usd=0.5, model="a")


def test_a_sum_names_the_model_where_it_was_one():
    assert sum_of(ONE, ONE) == Usage(
        input_tokens=2, output_tokens=4, total_tokens=6, cost_usd=1.0, model="a"
    )
    assert sum_of(ONE, Usage(model="b")) == Usage(
        input_tokens=1, output_tokens=2, total_tokens=3, cost_usd=0.5
    )


def test_nothing_adds_nothing():
    assert (sum_of(None, None), sum_of(ONE, None), sum_of(None, ONE)) == (None, ONE, ONE)


def test_a_price_is_for_a_million_tokens():
    prices = {"a": Price(input=1_000_000, output=2_000_000)}
    assert priced(ONE, prices).cost_usd == 5.0
    assert priced(Usage(cost_usd=0.5), prices).cost_usd == 0.5
