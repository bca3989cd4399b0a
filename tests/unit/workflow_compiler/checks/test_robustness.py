"""Whatever a document holds, it is examined or refused; nothing else ever happens."""

import json
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from api.samples import functions, sample_documents
from workflow_compiler import DefinitionError, check, default_registry, functions_of, parse, plan

REGISTRY = default_registry(functions_of(functions))
DOCUMENTS = [dict(sample.document) for sample in sample_documents()]
STRANGE: list[Any] = [
    *(None, True, 0, -1, 1.5, "", "a", "{{", "{{ x }}", "1 +", "\ud800", "__start__", "error"),
    *([], {}, [[]], {"": {}}, {"id": "a"}, ["a", "a"], {"next": "a"}, {"data": {"config": []}}),
]


def mutated(document: Any, rng: Random) -> Any:
    """The document with one to three of its parts replaced, doubled or left out."""
    document = deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        box, key = rng.choice(list(places(document)))
        match rng.randrange(4):
            case 0:
                del box[key]
            case 1 if isinstance(box, list):
                box.append(box[key])
            case _:
                box[key] = deepcopy(rng.choice(STRANGE))
    return document


def places(value: Any) -> Any:
    """Every part of the document, as its box and its key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(items):
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


def examine(document: Any) -> None:
    """Go as far as the document lets us."""
    with suppress(DefinitionError):
        definition = parse(document)
        assert all(problem.code and problem.message for problem in check(definition, REGISTRY))
        plan(definition, REGISTRY)


@pytest.mark.parametrize("seed", range(20))
def test_a_document_with_strange_parts(seed: int):
    rng = Random(seed)
    for _ in range(20):
        examine(mutated(rng.choice(DOCUMENTS), rng))


@pytest.mark.parametrize("seed", range(20))
def test_a_text_with_strange_letters(seed: int):
    rng = Random(seed)
    for _ in range(10):
        text = json.dumps(rng.choice(DOCUMENTS), indent=1)
        place = rng.randrange(len(text))
        examine(text[:place] + rng.choice('{}[]",:&*!\n\t%\x00') + text[place + rng.randrange(3) :])
