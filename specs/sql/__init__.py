"""What every engine says in SQL: column types, table definitions, statements, expressions."""
