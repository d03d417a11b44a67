"""The test suite with several versions of git; `make gits` runs it."""
