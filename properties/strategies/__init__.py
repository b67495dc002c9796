"""How scenarios are made: values, tables, rows and jobs that reach the hard classes often."""
