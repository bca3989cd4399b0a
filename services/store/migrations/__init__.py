"""How a database comes to hold the tables: one step per released change."""
