"""PostgreSQL, one file per aggregate; SQL written as SQL. Whoever calls owns the transaction."""
