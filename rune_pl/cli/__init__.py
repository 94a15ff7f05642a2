"""The command line: one file per command, each of which parses options, calls the library and renders."""
