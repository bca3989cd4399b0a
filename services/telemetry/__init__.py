"""What the operators see of the service itself."""
