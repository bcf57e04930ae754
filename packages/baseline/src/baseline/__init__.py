"""What a bundle keeps of its reference, so that live windows can be judged by it."""
