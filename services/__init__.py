"""The execution service: runs stored workflows, records every event, and shows it live."""
