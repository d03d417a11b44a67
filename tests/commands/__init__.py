"""Tests of the commands: what they print, write and refuse."""
