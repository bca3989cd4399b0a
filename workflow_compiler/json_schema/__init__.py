"""JSON Schema, safe for schemas and values that strangers wrote.

The plain validator would fetch remote references over the network, its patterns are not linear in
time, and a small schema can keep it busy for ever. Here a schema is refused that cannot be used,
and a validation that would take too many steps ends.
"""

from workflow_compiler.json_schema.faults import schema_fault
from workflow_compiler.json_schema.validate import Mismatch, mismatches

__all__ = ["Mismatch", "mismatches", "schema_fault"]
