"""Files in and out: tables of a clinic read in, released data written out. Knows no database and no web."""
