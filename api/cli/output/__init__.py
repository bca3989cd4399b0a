"""How commands speak: data on stdout; a live tree, plain lines or nothing on stderr."""
