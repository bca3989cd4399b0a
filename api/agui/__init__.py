"""AG-UI, the protocol of CopilotKit and its like: a run as the events that front ends show."""
