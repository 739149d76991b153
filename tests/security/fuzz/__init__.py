"""Bad inputs: the catalogue, row by row, and as many more as are asked for, made up."""
