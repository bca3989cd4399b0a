"""The node types that come with the compiler, one module each."""
