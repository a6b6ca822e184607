def inception_count(channels, height, width, one, reduce3, three, reduce5, five, pool):
    weights = channels * (one + reduce3 + reduce5 + pool) + 9 * reduce3 * three + 25 * reduce5 * five
    biases = one + reduce3 + three + reduce5 + five + pool
    return weights + biases, weights * height * width, one + three + five + pool
