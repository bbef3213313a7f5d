"""`python -m lienthong.sdk`, and the command `lienthong`."""

import sys

from lienthong.sdk.commands.root import main as run


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
