"""Making a release: from consenting patients to the contents of a file, measured and refused where it must be."""
