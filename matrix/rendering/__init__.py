"""What the records say, for people: `compat_matrix.md` and the page. Everything here is read, nothing is measured."""
