"""Prints the rows of a table of an SQLite database as JSON: what a podcast app keeps of a feed."""
import json
import sqlite3
import sys

path, table = sys.argv[1:]
database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
json.dump([dict(row) for row in database.execute(f"select * from {table}")], sys.stdout, default=str)
