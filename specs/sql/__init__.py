"""What every engine says in SQL: column types, table definitions, statements, expressions.

`statements.lark`, `syntax` and `ddl` read statements, `catalog` makes them steps of a plan,
`rendering` writes them.
"""
