"""Everything that knows how Evidently computes and shows a comparison."""
