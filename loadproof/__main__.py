"""``python -m loadproof``: the same as the ``loadproof`` command."""

from loadproof.command import main

main()
