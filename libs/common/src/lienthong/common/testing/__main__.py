"""Entry point of `python -m lienthong.common.testing`."""

import sys

from lienthong.common.testing.commands import main

sys.exit(main())
