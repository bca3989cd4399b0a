"""The command line `workflow`: data on stdout, talk on stderr, and telling exit codes."""
