"""What node behaviours get from the world: chat models, functions."""
