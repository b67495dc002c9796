"""FastLoad: its plan and its script language.

`language` is the way in. A script is cut into commands (`vocabulary`), each becomes a node
(`grammar`, `building`, `commands`), and all of them together the steps of a plan (`resolving`).
"""
