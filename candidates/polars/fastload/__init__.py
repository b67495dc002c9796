"""FastLoad over columns: records, fields, the two phases."""
