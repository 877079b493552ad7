"""``python -m digitstring`` is the command ``digitstring``."""

from digitstring.cli import main

if __name__ == "__main__":
    main()
