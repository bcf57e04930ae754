"""Makes the ONNX graph of a fitted model, each step in the precision in which its library computes."""
