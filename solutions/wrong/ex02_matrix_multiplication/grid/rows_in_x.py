"""x and y are the wrong way round: x counts columns, of which there are n, and y counts rows, of which there are m."""


def grid_for(m, n, block):
    x, y = block
    return (m + x - 1) // x, (n + y - 1) // y
