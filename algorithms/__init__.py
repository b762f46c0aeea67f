"""Shipped specs, one method a file, in folders by family."""
