"""A Feast repository for people's own tables: its definitions, and a month of features beside them."""
