"""What a bundle's monitoring can and can't see, tried on windows that are drawn from its reference."""
