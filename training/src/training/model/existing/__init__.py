"""A model that exists: its graph is asked, and matched with the schema."""
