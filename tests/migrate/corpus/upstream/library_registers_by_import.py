"""The same by an import, at the top of a package."""

__version__ = "0.1"
print(__version__)
# prints: 0.1
