"""What holders keep of their certificates: copies, history, dates."""
