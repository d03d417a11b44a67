"""Run a command, and print the most memory that it or a process of its had, in kB, instead of its output.

A small process of its own: a child starts as large as the process that starts it, and the harness is larger than
what it measures.
"""

import resource
import subprocess
import sys

if __name__ == "__main__":
    status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(peak // 1000 if sys.platform == "darwin" else peak)
    sys.exit(status)
