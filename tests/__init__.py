"""The tests; a package, since a distribution among the dependencies installs one of the same name."""
