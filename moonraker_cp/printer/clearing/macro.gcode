{macro}
