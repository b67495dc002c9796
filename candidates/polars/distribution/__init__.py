"""Hash distribution over columns: row hashes, hash maps, RowIDs, requests."""
