// See https://github.com/a/b.
