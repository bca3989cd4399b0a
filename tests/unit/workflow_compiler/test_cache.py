"""Compiled graphs by fingerprint."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.unit.workflow_compiler.running import node, workflow
from workflow_compiler import CompileCache, CompiledWorkflow, compile_workflow, parse
from workflow_compiler.cache import CacheCounts

COMPILED = compile_workflow(parse(workflow(node("a"))))


class Compiler:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> CompiledWorkflow:
        self.calls += 1
        return COMPILED


def test_a_workflow_is_compiled_once():
    cache, compile_ = CompileCache(), Compiler()
    assert cache.get("x", compile_) is cache.get("x", compile_) is COMPILED
    assert (compile_.calls, cache.counts()) == (1, CacheCounts(1, 1, 0, 1))


def test_what_was_not_used_for_longest_goes_first():
    cache, compile_ = CompileCache(2), Compiler()
    for fingerprint in "abac":
        cache.get(fingerprint, compile_)
    assert cache.counts() == CacheCounts(hits=1, misses=3, evictions=1, size=2)
    cache.get("a", compile_)
    assert compile_.calls == 3
    cache.get("b", compile_)
    assert compile_.calls == 4


def test_a_failed_compile_leaves_nothing():
    cache = CompileCache()

    def fail() -> CompiledWorkflow:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            cache.get("x", fail)
    assert cache.counts() == CacheCounts(0, 0, 0, 0)
    assert cache.get("x", Compiler()) is COMPILED


def test_many_threads_wait_for_one_compile():
    cache, compile_, together = CompileCache(), Compiler(), Barrier(8)

    def ask(_: int) -> CompiledWorkflow:
        together.wait()
        return cache.get("x", compile_)

    with ThreadPoolExecutor(8) as pool:
        assert set(map(id, pool.map(ask, range(8)))) == {id(COMPILED)}
    assert (compile_.calls, cache.counts()) == (1, CacheCounts(7, 1, 0, 1))


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_cache_holds_something(capacity: int):
    with pytest.raises(ValueError, match="at least one"):
        CompileCache(capacity)
