"""The sample workflows: where they are, and what a first run of each may be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_compiler import parse
from workflow_compiler.definition.load import load

_SUFFIXES = frozenset({".json", ".yaml", ".yml"})
_EXPECTED = ".expected.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored definition that comes with the product, as a team would have saved it."""

    name: str
    path: Path
    document: Mapping[str, Any]
    sample_input: Mapping[str, Any]


def sample_directory() -> Path:
    """The directory of the sample workflows: beside this module when installed, else fixtures."""
    packaged = Path(__file__).parent / "workflows"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "fixtures" / "workflows"


def sample_documents() -> tuple[Sample, ...]:
    """All samples, by name.

    Raises:
        OSError: the directory cannot be read.
        DefinitionError: a file in it is neither JSON nor YAML.
    """
    paths = (path for path in sample_directory().iterdir() if _is_definition(path))
    return tuple(sorted(map(_sample, paths), key=lambda sample: sample.name))


def with_called(name: str) -> tuple[Sample, ...]:
    """The sample of this name and before it those that it runs; nothing where there is none."""
    samples = {sample.name: sample for sample in sample_documents()}
    if name not in samples:
        return ()
    nodes = parse(dict(samples[name].document)).nodes
    called = [str(node.config["workflow"]) for node in nodes if node.type == "subworkflow"]
    return (*(sample for other in called for sample in with_called(other)), samples[name])


def _is_definition(path: Path) -> bool:
    return path.suffix in _SUFFIXES and not path.name.endswith(_EXPECTED)


def _sample(path: Path) -> Sample:
    document = load(path.read_text(encoding="utf-8"))
    examples = document.get("input_schema", {}).get("examples", [{}])
    return Sample(document["name"], path, document, examples[0])
