def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in reversed(layers):
        seen, step = (seen - 1) * stride + size, step * stride
    return seen, step
