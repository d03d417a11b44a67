"""Whether what an anchor depends on is here: tools, files, environments, services.

`infer` finds checks in the text of a dependency, `grammar` parses those that people write, `probe` runs
them, and `report` collects the results for an anchor. Nothing in the repository is executed.
"""
