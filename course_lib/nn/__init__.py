"""Convolutional networks, forward and backward by hand, on NumPy's or CuPy's arrays.

layer.py           what every layer is, and how it lies in the flat vector w
linear.py          a weighted sum of all inputs
convolution.py     the same small filters at every place; partial.py: filters that see some channels, by a table
pooling.py         the maximum, or the mean, of a window; window.py: how it slides
subsampling.py     LeNet-5's pooling, with two parameters a channel
activations.py     ReLU, sigmoid, tanh, scaled tanh
softmax.py         probabilities, and the cross-entropy loss
rbf.py             LeNet-5's output: distances to pictures of the classes, and its loss
lrn.py             normalisation across channels
lcn.py             local contrast normalisation
batchnorm.py       normalisation over the batch
dropout.py         units that fall silent at random
layout.py          in which order an image lies in memory
joins.py           where paths meet: concatenation, addition; flattening and scaling
net.py             layers in a list or a graph, over one flat vector w
initial.py         how far from zero weights start
sgd.py             steps: momentum with weight decay, Adagrad; schedules
rounded.py         training in fixed point: numbers rounded at four named places
loss_scaling.py    gradients in half precision, kept from vanishing
mixed_precision.py training in float16 with torch, on float32 weights
count.py           parameters, multiplications, activations and memory, counted from shapes
work.py            operations and bytes of each node, and which of the two decides
operations.py      how many operations a formula makes, counted by numbers that count
witnesses.py       a primitive against this library, PyTorch and its own slope
train.py           epochs over shuffled batches; accuracy
augment.py         more pictures from those there are: shifts, crops, flips, colours
kernels.py         where the kernels are: bias_relu.cu, fused or not; pool_backward.cu, with a race or without
networks/          LeNet-5, AlexNet, GoogLeNet, ResNet, Inception-ResNet-v2
"""
