"""Values of variables in what the model is sent."""
