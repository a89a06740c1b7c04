"""The acts on credit, a module per noun."""
