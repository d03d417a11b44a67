"""One target with inputs that coverage guides, by atheris: `python -m tests.fuzz.guided TARGET INPUTS SEED`.

Loaded in this order, because atheris instruments what is imported under its eyes.
"""

import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(target: str, inputs: int, seed: int) -> None:
    """Run until there were so many inputs, which ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["gitanchor"]):
        from tests.fuzz import targets
    counts = targets.Counts(target)

    def take(data: bytes) -> None:
        counts.take(data)
        if counts.inputs == inputs:
            print(counts.report("guided by coverage"), flush=True)
            shutil.rmtree(folder)
            os._exit(1 if counts.findings else 0)  # anything else is a crash to libFuzzer

    folder = tempfile.mkdtemp()
    for number, content in enumerate(targets.seeds(target)):
        (Path(folder) / str(number)).write_bytes(content)
    options = (f"-seed={seed}", f"-max_len={targets.LONGEST}", f"-artifact_prefix={folder}/")
    atheris.Setup([sys.argv[0], *options, "-verbosity=0", "-timeout=60", folder], take)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
