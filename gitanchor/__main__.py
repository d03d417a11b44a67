"""`python -m gitanchor`."""

import sys

from gitanchor.entry import main

sys.exit(main())
