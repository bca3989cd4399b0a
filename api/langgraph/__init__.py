"""What LangGraph's own clients speak: workflows are assistants, their runs are on threads."""
