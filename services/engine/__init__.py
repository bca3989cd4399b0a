"""Executes runs: one pass over LangGraph's stream, every event recorded before it is shown."""
