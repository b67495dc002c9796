"""FastLoad: its plan and its script language."""
