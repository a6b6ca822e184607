"""The networks of course_lib.nn.networks once more, by hand, in torch's functions.

Each takes x and p, an iterator over the parameter tensors in the order in which its layers are written here.
"""

import torch
import torch.nn.functional as F


def lenet_original(x, p, table, centres):
    squash = lambda x: 1.7159 * torch.tanh(2 * x / 3)  # noqa: E731
    subsample = lambda x: 4 * F.avg_pool2d(x, 2) * next(p)[:, None, None] + next(p)[:, None, None]  # noqa: E731
    x = squash(F.conv2d(x, next(p), next(p)))
    x, filters = squash(subsample(x)), iter(next(p))
    maps = [sum(F.conv2d(x[:, c : c + 1], next(filters)[None, None]) for c in row) for row in table]
    x = squash(torch.cat(maps, 1) + next(p)[:, None, None])
    x = squash(subsample(x))
    x = squash(F.conv2d(x, next(p), next(p))).flatten(1)
    x = squash(F.linear(x, next(p), next(p)))
    return torch.stack([((x - c) ** 2).sum(1) for c in centres], 1)


def alexnet_towers(x, p):
    conv = lambda x, **o: F.relu(F.conv2d(x, next(p), next(p), **o))  # noqa: E731
    lrn = lambda x: F.local_response_norm(x, 5, 5e-4, 0.75, 2)  # noqa: E731
    x = F.max_pool2d(lrn(conv(x, stride=4)), 3, 2)
    x = F.max_pool2d(lrn(conv(x, padding=2, groups=2)), 3, 2)
    x = conv(x, padding=1)
    x = conv(conv(x, padding=1, groups=2), padding=1, groups=2)
    return _classified(F.max_pool2d(x, 3, 2), p)


def alexnet_tower(x, p):
    conv = lambda x, **o: F.relu(F.conv2d(x, next(p), next(p), **o))  # noqa: E731
    x = F.max_pool2d(conv(x, stride=4, padding=2), 3, 2)
    x = F.max_pool2d(conv(x, padding=2), 3, 2)
    x = conv(conv(conv(x, padding=1), padding=1), padding=1)
    return _classified(F.max_pool2d(x, 3, 2), p)


def _classified(x, p):
    x = F.relu(F.linear(x.flatten(1), next(p), next(p)))
    x = F.relu(F.linear(x, next(p), next(p)))
    return F.linear(x, next(p), next(p))


def googlenet(x, p, heads=False):
    conv = lambda x, **o: F.relu(F.conv2d(x, next(p), next(p), **o))  # noqa: E731
    lrn = lambda x: F.local_response_norm(x, 5, 5e-4, 0.75, 2)  # noqa: E731
    pool = lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)  # noqa: E731

    def inception(x):
        one = conv(x)
        three = conv(conv(x), padding=1)
        five = conv(conv(x), padding=2)
        return torch.cat([one, three, five, conv(F.max_pool2d(x, 3, 1, 1))], 1)

    def head(x):
        x = F.relu(F.linear(conv(F.avg_pool2d(x, 5, 3)).flatten(1), next(p), next(p)))
        return F.linear(x, next(p), next(p))

    outputs = []
    x = conv(lrn(pool(conv(x, stride=2, padding=3))))
    x = pool(lrn(conv(x, padding=1)))
    x = inception(pool(inception(inception(x))))  # 3a 3b 4a
    if heads:
        outputs.append(head(x))
    x = inception(inception(inception(x)))  # 4b 4c 4d
    if heads:
        outputs.append(head(x))
    x = inception(inception(pool(inception(x))))  # 4e 5a 5b
    outputs.append(F.linear(x.mean((2, 3)), next(p), next(p)))
    return tuple(outputs) if heads else outputs[0]


def _normed(x, p, train, **options):
    x = F.conv2d(x, next(p), None, **options)
    zero = x.new_zeros(x.shape[1])
    return F.batch_norm(x, zero, zero + 1, next(p), next(p), training=train)


def resnet(x, p, blocks, train):
    conv = lambda x, **o: _normed(x, p, train, **o)  # noqa: E731
    x = F.max_pool2d(F.relu(conv(x, stride=2, padding=3)), 3, 2, 1)
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            short = conv(x, stride=stride) if block == 0 else x
            y = F.relu(conv(x, stride=stride))
            y = F.relu(conv(y, padding=1))
            x = F.relu(conv(y) + short)
    return F.linear(x.mean((2, 3)), next(p), next(p))


def inception_resnet_v2(x, p):
    conv = lambda x, **o: F.relu(_normed(x, p, False, **o))  # noqa: E731
    biased = lambda x: F.conv2d(x, next(p), next(p))  # noqa: E731
    x = conv(conv(conv(x, stride=2)), padding=1)
    x = conv(conv(F.max_pool2d(x, 3, 2)))
    x = F.max_pool2d(x, 3, 2)
    one, two = conv(x), conv(conv(x), padding=2)
    three = conv(conv(conv(x), padding=1), padding=1)
    four = conv(F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
    x = torch.cat([one, two, three, four], 1)
    for _ in range(10):
        one, two = conv(x), conv(conv(x), padding=1)
        three = conv(conv(conv(x), padding=1), padding=1)
        x = F.relu(x + 0.17 * biased(torch.cat([one, two, three], 1)))
    one = conv(x, stride=2)
    two = conv(conv(conv(x), padding=1), stride=2)
    x = torch.cat([one, two, F.max_pool2d(x, 3, 2)], 1)
    for _ in range(20):
        one = conv(x)
        two = conv(conv(conv(x), padding=(0, 3)), padding=(3, 0))
        x = F.relu(x + 0.1 * biased(torch.cat([one, two], 1)))
    one, two = conv(conv(x), stride=2), conv(conv(x), stride=2)
    three = conv(conv(conv(x), padding=1), stride=2)
    x = torch.cat([one, two, three, F.max_pool2d(x, 3, 2)], 1)
    for block in range(10):
        one = conv(x)
        two = conv(conv(conv(x), padding=(0, 1)), padding=(1, 0))
        y = biased(torch.cat([one, two], 1))
        x = F.relu(x + 0.2 * y) if block < 9 else x + y
    return F.linear(conv(x).mean((2, 3)), next(p), next(p))
