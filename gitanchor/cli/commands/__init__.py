"""The commands, one module each: options, one call to the tracker, and what is printed."""
