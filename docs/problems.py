"""The page of problem codes: the meaning in our words, the rest from real broken definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from workflow_compiler import (
    DefinitionError,
    Problem,
    check,
    default_registry,
    knowing_tools,
    parse,
)

LONGEST_EXAMPLE = 1_500


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, and what to do about it."""

    title: str
    meaning: str
    mend: str


EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(
    {
        "cache-without-effect": Explanation(
            "A cache would remember nothing",
            "Nodes that compute at once, decide, write variables or leave the work to other runs "
            "do it on every visit; only results of models, servers, tools and functions are used "
            "again.",
            "Leave `cache` out.",
        ),
        "dangling-edge": Explanation(
            "An edge ends at no node",
            "The `source` or the `target` of an edge is not the id of any node.",
            "Correct the id, or delete the edge. Editors leave such edges behind when a node goes.",
        ),
        "duplicate-id": Explanation(
            "An id stands twice",
            "Two nodes, or two edges, have the same id, so nothing could be said about either.",
            "Rename one. An edge may also do without an id.",
        ),
        "duplicate-key": Explanation(
            "A key stands twice in one object",
            "Readers of JSON and YAML keep one of the two values, and not all the same one.",
            "Delete or rename one of the two.",
        ),
        "edge-across-border": Explanation(
            "An edge crosses the border of a container",
            "It leads into a container, out of it, or from one of its slots to another.",
            "Connect the container itself; its body begins with the nodes that nothing leads to.",
        ),
        "empty-container": Explanation(
            "A container has nothing to run",
            "No node names it as its `parent`, or none is in the slot that must have one.",
            "Set `parent` (and `slot`) on the nodes that belong to it, or delete it.",
        ),
        "endless-cycle": Explanation(
            "A cycle has no way out",
            "Once a token is in the cycle, every decision leads round again: the run never ends.",
            "Give a node of the cycle a condition, and a way that leads out.",
        ),
        "invalid-config": Explanation(
            "A config does not fit the node type",
            "A key is missing, unknown, or of the wrong kind.",
            "Compare with [the list of node types](node-types.md).",
        ),
        "invalid-expression": Explanation(
            "An expression or a template cannot be read",
            "It has a mistake of syntax, or names something that cannot be read there.",
            "Line, column and hint lead to the place; see [the language](../expressions.md).",
        ),
        "invalid-schema": Explanation(
            "A schema is no usable JSON Schema",
            "It breaks JSON Schema draft 2020-12, refers to nothing, has a pattern that cannot be "
            "matched in linear time, or unfolds by its references into more than 10,000 schemas "
            "for one value. Schemas from the network are never fetched.",
            "Correct the keyword; put what a `$ref` means into `$defs` of the same schema.",
        ),
        "invalid-shape": Explanation(
            "A part has the wrong shape",
            "A key of the document itself, of a node or of an edge has a value of a wrong kind.",
            "Compare with [the definition](../definition.md).",
        ),
        "loop-with-several-entries": Explanation(
            "A loop can be entered at several nodes",
            "Such a loop has no clear turns: what its joins wait for depends on timing. It runs.",
            "Let every way into the loop go through one node.",
        ),
        "may-be-skipped": Explanation(
            "A node reads another one that may not have run",
            "A way leads to the reader on which the other node does not complete: a condition "
            "closes its branch, or it failed and its error edge was taken. Its output is null "
            "then.",
            "Say what holds in that case: `| default(...)` in a template; in an expression "
            "`x.output.y if x.status == 'completed' else ...`, or `or`.",
        ),
        "misplaced-secret": Explanation(
            "A secret would be kept",
            "`{{ secrets.NAME }}` stands where its value would become an output, a variable or the "
            "result of the run, or would decide about an edge. All of that is in the log.",
            "Read it in a template of a node that sends it out, such as `http`, `llm` or `tool`.",
        ),
        "missing-handle": Explanation(
            "An edge of a deciding node belongs to no decision",
            "`condition` and `router` nodes only decide; an edge that is always taken makes no "
            "sense there.",
            "Set `sourceHandle`, `condition` or `default` on the edge.",
        ),
        "no-container": Explanation(
            "A parent is no container",
            "Nodes can be inside of a `foreach` or a `try`, and of your own types with slots.",
            "Name a container as the parent, or leave `parent` out.",
        ),
        "no-default": Explanation(
            "A deciding node may find no way",
            "If no case holds, or one that has no edge, the node fails with `NO_ROUTE`, and with "
            "it the run.",
            "Add an edge with `default: true`, or make sure that one case always holds and that "
            "each has an edge.",
        ),
        "no-json": Explanation(
            "The text is no JSON",
            "It begins like JSON but cannot be read.",
            "Line and column say where reading stopped; the mistake is there or just before.",
        ),
        "no-nodes": Explanation(
            "There are no nodes", "An empty workflow does nothing.", "Add a node."
        ),
        "no-number": Explanation(
            "A number is none",
            "`NaN` and `Infinity` are no JSON, and no two programs agree on them.",
            "Use `null`, or a number that means it.",
        ),
        "no-object": Explanation(
            "The document is no object",
            "A definition is an object with `name`, `nodes` and `edges`.",
            'Wrap the list: `{"name": ..., "nodes": [...]}`.',
        ),
        "no-root": Explanation(
            "The workflow begins nowhere",
            "Every node has an incoming edge, so no node gets the first token.",
            "Add a node of type `start`: it is a root even when edges lead back to it.",
        ),
        "no-yaml": Explanation(
            "The text is no YAML",
            "It cannot be read, or uses a part of YAML that is not accepted (merge keys, tags).",
            "Line and column say where reading stopped; check the indentation there.",
        ),
        "parent-cycle": Explanation(
            "Containers lie inside each other in a circle",
            "Following `parent` from one of them leads back to it, so none of them would ever run.",
            "Let one of them have no parent.",
        ),
        "read-across-border": Explanation(
            "A node reads what is inside a container",
            "A `foreach` runs its nodes for many items: outside there is no one state of them.",
            "Read the output of the container, which holds that of its body.",
        ),
        "read-before-run": Explanation(
            "A node reads another one that cannot have run",
            "No path leads from the node that is read to the node that reads.",
            "Add the missing edge, or read a node that comes earlier.",
        ),
        "recursive-workflow": Explanation(
            "A workflow runs itself",
            "A `subworkflow` node names the workflow that it is in, so there would be no end. "
            "Circles through other workflows are found when they are run: the node fails.",
            "Repeat a part of the workflow with a loop, or name another workflow.",
        ),
        "repeated-edge": Explanation(
            "An edge is there twice",
            "Two plain edges between the same nodes mean the same as one.",
            "Delete one of them.",
        ),
        "reserved-handle": Explanation(
            "A case has the handle of the error edges",
            "An edge with the handle `error` is taken when its source has failed, so none can lead "
            "on from a case of that name.",
            "Give the case another handle, and its edges too.",
        ),
        "retry-without-effect": Explanation(
            "A retry would change nothing",
            "Another attempt of this type ends as the first one did: a `fail` fails.",
            "Leave `retry` out, or put it on the node that may fail.",
        ),
        "timeout-without-effect": Explanation(
            "A timeout could stop nothing",
            "A timer stops what waits. This type computes at once, within the bounds of its "
            "language.",
            "Leave `timeout_seconds` out.",
        ),
        "shadowed-id": Explanation(
            "An id is a name of the language",
            "`input`, `vars`, `run`, `nodes`, `context`, `item`, `index`, `error` and `secrets` "
            "mean something else in expressions and templates; a node of that name is not found "
            "by it.",
            'Read it as `nodes["input"]`, or give it another id.',
        ),
        "too-deep": Explanation(
            "The document is nested too deep",
            "More than 64 levels of lists and objects.",
            "Flatten the data.",
        ),
        "too-large": Explanation(
            "The document is too large",
            "More than 1 MiB, 10,000 nodes or 50,000 edges, or 500,000 values once YAML aliases "
            "are unfolded; loops nested more than 64 deep; or thousands of joins between branches "
            "that may or may not run, where each would have to know of every token before it.",
            "Split the workflow.",
        ),
        "too-nested": Explanation(
            "Containers are nested too deep",
            "More than 16 containers lie inside each other.",
            "Make a workflow of its own of the inner ones.",
        ),
        "unknown-function": Explanation(
            "A function is not registered",
            "A `python` node names a function that this program does not offer.",
            "Correct the name, or name its module in `WORKFLOW_FUNCTIONS`.",
        ),
        "unknown-handle": Explanation(
            "A handle does not exist",
            "An edge leaves its source by a handle that the source does not have.",
            "Use one of the handles that the hint lists.",
        ),
        "unknown-key": Explanation(
            "A key looks misspelt",
            "Keys that the compiler does not know are kept for the editor and change nothing; this "
            "one is close to one that would.",
            "Correct the spelling, or leave it if it is the editor's.",
        ),
        "unknown-parent": Explanation(
            "A parent does not exist",
            "The `parent` of a node is not the id of any node.",
            "Correct the id, or leave `parent` out.",
        ),
        "unknown-reducer": Explanation(
            "A reducer does not exist",
            "The way in which a variable meets its new value is not known.",
            "Use `replace`, `append`, `extend`, `add` or `merge`.",
        ),
        "unknown-slot": Explanation(
            "A container has no such slot",
            "A `foreach` has the slot `body`; a `try` has `try`, `catch` and `finally`.",
            "Correct the name; without `slot`, a node is in the first one.",
        ),
        "unknown-tool": Explanation(
            "A tool does not exist",
            "A `tool` or `agent` node names a tool that this program does not offer.",
            "Correct the name, name its module in `WORKFLOW_TOOLS`, or its server in the file of "
            "`WORKFLOW_MCP`.",
        ),
        "unknown-type": Explanation(
            "A node type does not exist",
            "No registered type has this name.",
            "Correct the spelling, or register the type.",
        ),
        "unknown-type-version": Explanation(
            "A node type is not there in this version",
            "The definition asks for another version of the type than the program has.",
            "Change `type_version`, or leave it out.",
        ),
        "unknown-variable": Explanation(
            "A variable is not declared",
            "A `set` node writes a variable that `variables` does not name.",
            "Correct the name, or declare it.",
        ),
        "unreachable-node": Explanation(
            "A node can never run",
            "No path leads to it from where the workflow begins.",
            "Connect it, or delete it.",
        ),
    }
)
"""One entry for each code. A code without a broken definition, or one without an entry, is an error
of `make docs`."""


def problems_page(folder: Path) -> str:
    """Every problem code with a definition that has it, and what is really said about it."""
    head = """<!-- Written by `make docs`; change the code instead. -->
# Problems of definitions

What `workflow validate`, `POST .../workflows:validate` and `check()` may find. All problems of a
definition are reported at once. An error forbids storing and running; a warning does not. The
messages below are what the compiler says about the example above them.
"""
    examples = {path.stem: path for path in sorted(folder.iterdir())}
    if examples.keys() != EXPLANATIONS.keys():
        odd = ", ".join(sorted(examples.keys() ^ EXPLANATIONS.keys()))
        msg = f"fixtures/broken and docs/problems.py do not agree on: {odd}"
        raise ValueError(msg)
    return "\n".join([head, *(_section(code, path) for code, path in examples.items())])


def _section(code: str, path: Path) -> str:
    explanation, text = EXPLANATIONS[code], path.read_text(encoding="utf-8").strip()
    said = next(problem for problem in _problems(text) if problem.code == code)
    place = said.pointer or "the whole document"
    if said.line is not None:
        place += f", line {said.line}"
    lines = [
        f"## `{code}`",
        "",
        f"**{explanation.title}** ({said.severity}). {explanation.meaning}",
        "",
        f"*Mend it:* {explanation.mend}",
        "",
        *_example(text, path),
        f"- at: `{place}`",
        f"- message: {said.message}",
    ]
    if said.hint is not None:
        lines.append(f"- hint: {said.hint}")
    return "\n".join([*lines, ""])


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        return check(parse(text), knowing_tools(default_registry({"score_lead": len}), ["weather"]))
    except DefinitionError as error:
        return error.problems


def _example(text: str, path: Path) -> list[str]:
    language = path.suffix.removeprefix(".")
    short = text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]} …"
    return [f"```{language} example", short, "```", ""]
