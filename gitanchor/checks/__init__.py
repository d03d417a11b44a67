"""Whether what an anchor depends on is here: tools, files, environments, services.

`infer` reads checks out of the text of a dependency, `grammar` is how people write them, `probe` runs
them, and `report` puts an anchor's results together. Nothing of the repository is executed.
"""
