"""From the trace and the stream of a graph to the events of a run's log."""
