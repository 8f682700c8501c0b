"""How values are said to people, on cards and on the command line: texts in our own HTML. Pure."""
