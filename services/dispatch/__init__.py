"""Brings runs to an executor: in this process, or through an existing queue."""
