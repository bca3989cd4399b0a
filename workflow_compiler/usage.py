"""What model calls use and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

_MILLION = 1_000_000

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The tokens of model calls, in sum; `model` is the model where it was only one.

    `cost_usd` is their price in US dollars, zero where nobody knows it.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float = 0.0
    model: str | None = None

    def counts(self) -> dict[str, int]:
        """The tokens alone, as nodes give them out."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.total_tokens,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in US dollars per million tokens."""

    input: Dollars
    output: Dollars


def sum_of(one: Usage | None, other: Usage | None) -> Usage | None:
    """Both together; None where no model was called."""
    if one is None or other is None:
        return one or other
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        total_tokens=one.total_tokens + other.total_tokens,
        cost_usd=one.cost_usd + other.cost_usd,
        model=one.model if one.model == other.model else None,
    )


def priced(usage: Usage, prices: Mapping[str, Price]) -> Usage:
    """The usage with what it costs; as it is where its model has no price."""
    price = prices.get(usage.model or "")
    if price is None:
        return usage
    dollars = usage.input_tokens * price.input + usage.output_tokens * price.output
    return replace(usage, cost_usd=dollars / _MILLION)
