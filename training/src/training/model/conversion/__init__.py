"""Converts models of other libraries to ONNX, and checks that the conversion answers as the original does."""
