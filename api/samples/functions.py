"""What the `python` nodes of the sample workflows call.

The functions stand in for the systems that a team would really talk to. They do small real work on
their arguments, take a moment so that a run can be watched, and give the same result every time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from workflow_compiler import NodeContext, function

UNREACHABLE_CARD = "4000000000000119"
"""The test card for which the payment provider cannot be reached."""

_CUSTOMERS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "ada@lovelace.example": {"name": "Ada Lovelace", "plan": "enterprise", "seats": 120},
        "grace@hopper.example": {"name": "Grace Hopper", "plan": "team", "seats": 14},
    }
)
_STOCK: Mapping[str, int] = MappingProxyType({"desk": 12, "lamp": 40, "chair": 0, "shelf": 3})
_HEADCOUNT: Mapping[str, int] = MappingProxyType({"lovelace.example": 450, "hopper.example": 38})
_INDUSTRY: Mapping[str, str] = MappingProxyType(
    {"lovelace.example": "analytics", "hopper.example": "compilers"}
)
_KNOWN_ISSUES: Mapping[str, str] = MappingProxyType(
    {
        "connection pool exhausted": "Raise the pool size and restart the workers.",
        "certificate has expired": "Renew the certificate and reload the gateway.",
    }
)
_LOGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "checkout": ("GET /cart 200", "connection pool exhausted", "POST /pay 503"),
        "search": ("GET /search 200", "GET /search 200"),
    }
)
_ERROR_RATES: Mapping[str, float] = MappingProxyType({"checkout": 0.31, "search": 0.01})
_PAPERS = ("passport", "proof of address", "tax form")
_SENIOR = ("chief", "vp", "head", "director")
_LINK = re.compile(r"https?://([\w.-]+)")
_BLOCKED_HOSTS = frozenset({"free-money.example", "login-verify.example"})
_FIRST_PICKUP = date(2026, 1, 5)


@function("look_up_customer")
async def look_up_customer(
    email: str, context: NodeContext, delay_seconds: float = 0.08
) -> dict[str, Any]:
    """Find a customer in the account database."""
    context.report.log(f"looking up {email}")
    await context.run.clock.sleep(delay_seconds)
    found = _CUSTOMERS.get(email.strip().lower())
    return {"known": found is not None, **(found or {"name": email, "plan": "none", "seats": 0})}


@function("score_lead")
def score_lead(headcount: int, title: str, budget: float) -> dict[str, Any]:
    """Judge how promising a lead is, from 0 to 100."""
    reasons = {
        "company size": min(40, headcount // 10),
        "seniority": 30 if title.lower().startswith(_SENIOR) else 5,
        "budget": min(30, int(budget // 1_000)),
    }
    return {"score": sum(reasons.values()), "reasons": reasons}


@function("reserve_stock")
async def reserve_stock(
    items: Sequence[Mapping[str, Any]], context: NodeContext, delay_seconds: float = 0.04
) -> dict[str, Any]:
    """Put the articles of an order aside.

    Raises:
        LookupError: an article is not in the catalogue.
    """
    missing = []
    for number, item in enumerate(items, start=1):
        await context.run.clock.sleep(delay_seconds)
        if item["sku"] not in _STOCK:
            msg = f"the article {item['sku']!r} is not in the catalogue"
            raise LookupError(msg)
        if item["quantity"] > _STOCK[item["sku"]]:
            missing.append(item["sku"])
        context.report.progress(number / len(items), f"{item['quantity']} x {item['sku']}")
    return {"reserved": not missing, "missing": missing}


@function("release_stock")
async def release_stock(
    items: Sequence[Mapping[str, Any]], context: NodeContext, delay_seconds: float = 0.02
) -> dict[str, Any]:
    """Put the articles of an order back on the shelf."""
    await context.run.clock.sleep(delay_seconds)
    return {"released": [item["sku"] for item in items]}


@function("charge_card")
async def charge_card(
    order_id: str, card_number: str, amount: float, context: NodeContext, delay_seconds: float = 0.1
) -> dict[str, Any]:
    """Take the money for an order.

    Raises:
        ConnectionError: the payment provider cannot be reached.
    """
    context.report.log(f"charging {amount:.2f} to the card ending in {card_number[-4:]}")
    await context.run.clock.sleep(delay_seconds)
    if card_number == UNREACHABLE_CARD:
        msg = "the payment provider does not answer"
        raise ConnectionError(msg)
    return {"payment_id": f"pay-{order_id}", "amount": amount}


@function("refund_payment")
async def refund_payment(
    payment_id: str, amount: float, context: NodeContext, delay_seconds: float = 0.08
) -> dict[str, Any]:
    """Give the money of a payment back."""
    context.report.log(f"refunding {amount:.2f} of {payment_id}")
    await context.run.clock.sleep(delay_seconds)
    return {"refund_id": payment_id.replace("pay-", "ref-"), "amount": amount}


@function("book_parcel")
async def book_parcel(
    order_id: str, country: str, context: NodeContext, delay_seconds: float = 0.06
) -> dict[str, Any]:
    """Order a pick-up from the carrier, which does not serve every country."""
    await context.run.clock.sleep(delay_seconds)
    served = country.upper() in {"DE", "FR", "NL", "PL"}
    return {"booked": served, "tracking": f"parcel-{order_id}" if served else None}


@function("collect_logs")
async def collect_logs(
    service: str, context: NodeContext, delay_seconds: float = 0.05
) -> dict[str, Any]:
    """Fetch the last lines that a service wrote.

    Raises:
        LookupError: no such service writes logs.
    """
    if service not in _LOGS:
        msg = f"no service is called {service!r}"
        raise LookupError(msg)
    for number, line in enumerate(lines := _LOGS[service], start=1):
        await context.run.clock.sleep(delay_seconds)
        context.report.log(line)
        context.report.progress(number / len(lines))
    return {"lines": list(lines)}


@function("search_known_issues")
async def search_known_issues(
    lines: Sequence[str], context: NodeContext, delay_seconds: float = 0.05
) -> dict[str, Any]:
    """Compare log lines with the incidents of the past."""
    await context.run.clock.sleep(delay_seconds)
    found = [issue for issue in _KNOWN_ISSUES if issue in lines]
    return {"issues": found, "advice": [_KNOWN_ISSUES[issue] for issue in found]}


@function("read_metrics")
async def read_metrics(
    service: str, context: NodeContext, delay_seconds: float = 0.03
) -> dict[str, Any]:
    """Read how a service does right now."""
    await context.run.clock.sleep(delay_seconds)
    return {"error_rate": _ERROR_RATES.get(service, 0.0)}


@function("page_on_call")
async def page_on_call(
    service: str, context: NodeContext, delay_seconds: float = 0.02
) -> dict[str, Any]:
    """Wake up whoever is on call."""
    await context.run.clock.sleep(delay_seconds)
    return {"paged": f"on-call for {service}", "key": context.idempotency_key}


@function("check_links")
async def check_links(
    text: str, context: NodeContext, delay_seconds: float = 0.03
) -> dict[str, Any]:
    """Compare the links of a text with the list of blocked hosts."""
    hosts = _LINK.findall(text)
    for number, host in enumerate(hosts, start=1):
        await context.run.clock.sleep(delay_seconds)
        context.report.progress(number / len(hosts), host)
    return {"hosts": hosts, "blocked": [host for host in hosts if host in _BLOCKED_HOSTS]}


@function("find_headcount")
async def find_headcount(
    domain: str, context: NodeContext, delay_seconds: float = 0.06
) -> dict[str, Any]:
    """Ask the company register how many people work there."""
    await context.run.clock.sleep(delay_seconds)
    return {"headcount": _HEADCOUNT.get(domain, 0)}


@function("find_industry")
async def find_industry(
    domain: str, context: NodeContext, delay_seconds: float = 0.03
) -> dict[str, Any]:
    """Ask the company register what the company does.

    Raises:
        ConnectionError: the register does not answer for domains without a dot.
    """
    await context.run.clock.sleep(delay_seconds)
    if "." not in domain:
        msg = f"the company register has no entry point for {domain!r}"
        raise ConnectionError(msg)
    return {"industry": _INDUSTRY.get(domain, "unknown")}


@function("index_document")
async def index_document(
    text: str, context: NodeContext, words_per_chunk: int = 12, delay_seconds: float = 0.02
) -> dict[str, Any]:
    """Cut a document into chunks and add each to the search index."""
    chunks = list(_chunks(text.split(), words_per_chunk))
    for number, chunk in enumerate(chunks, start=1):
        await context.run.clock.sleep(delay_seconds)
        context.report.progress(number / len(chunks), f"chunk {number} of {len(chunks)}")
        context.report.log(f"indexed {len(chunk)} words", level="debug")
    return {"chunks": len(chunks), "words": sum(map(len, chunks))}


@function("send_email")
async def send_email(
    to: str, subject: str, context: NodeContext, body: str = "", delay_seconds: float = 0.04
) -> dict[str, Any]:
    """Hand a message to the mail server.

    Raises:
        ValueError: the address is none.
    """
    if "@" not in to:
        msg = f"{to!r} is no e-mail address"
        raise ValueError(msg)
    await context.run.clock.sleep(delay_seconds)
    context.report.log(f"sent {subject!r} to {to} ({len(body)} characters)")
    return {"message_id": f"{context.node_id}-{context.visit}@mail.example"}


@function("check_confirmation")
async def check_confirmation(
    confirms_after: int, reminders: int, context: NodeContext, delay_seconds: float = 0.03
) -> dict[str, Any]:
    """Look whether a new customer has confirmed the address by now."""
    await context.run.clock.sleep(delay_seconds)
    return {"confirmed": reminders >= confirms_after}


@function("collect_papers")
async def collect_papers(
    per_request: int, requests: int, context: NodeContext, delay_seconds: float = 0.04
) -> dict[str, Any]:
    """Look which papers a customer has handed in after so many requests."""
    await context.run.clock.sleep(delay_seconds)
    handed_in = min(len(_PAPERS), per_request * requests)
    context.report.progress(handed_in / len(_PAPERS))
    return {"papers": list(_PAPERS[:handed_in]), "missing": list(_PAPERS[handed_in:])}


@function("quote_freight")
async def quote_freight(
    carrier: str, kilograms: float, context: NodeContext, delay_seconds: float = 0.05
) -> dict[str, Any]:
    """Ask a carrier for a price."""
    await context.run.clock.sleep(delay_seconds)
    pickup = _FIRST_PICKUP + timedelta(days=len(carrier))
    return {"carrier": carrier, "price": round(4.5 + 0.8 * kilograms, 2), "pickup": pickup}


def _chunks(words: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (words[start : start + size] for start in range(0, len(words), size))
