"""How MLflow is asked: its REST API, the files that it serves, and its runs."""
