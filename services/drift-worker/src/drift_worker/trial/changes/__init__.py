"""What is done to windows, so that their monitoring has something to see."""
