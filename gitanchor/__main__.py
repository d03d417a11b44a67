"""`python -m gitanchor`."""

import sys

from gitanchor.cli.entry import main

sys.exit(main())
