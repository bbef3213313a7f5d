"""`python -m lienthong.common.schema_tools`."""

import sys

from lienthong.common.schema_tools.commands import main

sys.exit(main())
