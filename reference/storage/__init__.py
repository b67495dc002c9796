"""Rows on AMPs: row hash, hash map, RowIDs."""
