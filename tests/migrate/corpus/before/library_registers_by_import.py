"""The same by an import, at the top of a package."""
import distributed.joblib  # noqa: F401

__version__ = "0.1"
print(__version__)
# prints: 0.1
