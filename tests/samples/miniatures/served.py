"""A Python loader as a program that may lean on ours: ``python served.py module:factory``.

It is the worker of ``py:`` loaders without the guard that keeps our packages from them.
"""

import sys

from candidates.reach.worker import load, own_pipes, serve

if __name__ == "__main__":
    channel = own_pipes()
    module, factory = sys.argv[1].split(":")
    serve(load(module, factory), channel, channel.receive())
