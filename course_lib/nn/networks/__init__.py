"""Networks that made history, each as a function that builds it.

lenet.py             LeNet-5 as printed in 1998, and as it is taught today
alexnet.py           two towers, and the variants with one
googlenet.py         inception modules, with and without auxiliary heads
resnet.py            50, 101, 152 layers, of bottleneck blocks
inception_resnet.py  Inception-ResNet-v2
"""
