"""The edge to the application's database: dumps, checks of dumps, the schema's revision."""
