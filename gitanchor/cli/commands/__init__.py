"""The commands, one module each: options, one call to `gitanchor.operations`, and what is printed."""
