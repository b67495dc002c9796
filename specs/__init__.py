"""What is promised: the rules, the contract between harness and loader, and the job languages.

This room knows of no other room.
"""
