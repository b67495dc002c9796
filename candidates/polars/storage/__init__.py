"""Where rows lie: hash maps, row hashes, RowIDs; every engine stores rows by these."""
