"""`python -m training` is the command `training`."""

from training.cli import main

main()
