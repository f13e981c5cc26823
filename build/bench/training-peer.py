"""Peer of the `training` benchmark: one framework and its threads; each line of stdin asks for that many timed steps."""

import json
import os
import sys
import time

framework, threads = sys.argv[1], int(sys.argv[2])
os.environ.update(CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3", OMP_NUM_THREADS=str(threads))

import numpy as np

side, batch_size, classes = 28, 64, 10
random = np.random.default_rng(7)


def keras_steps():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((side, side, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(classes),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss=loss)
    x = random.random((batch_size, side, side, 1), dtype=np.float32)
    y = random.integers(0, classes, batch_size)
    whole = tf.function(lambda x, y: model.train_step((x, y)))

    def by_hand():
        return {key: float(value) for key, value in whole(tf.constant(x), tf.constant(y)).items()}

    return {"train_on_batch": lambda: model.train_on_batch(x, y), "train_step": by_hand}


def pytorch_steps():
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 5 * 5, 64),
        nn.ReLU(),
        nn.Linear(64, classes),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loss_of = nn.CrossEntropyLoss()
    x = random.random((batch_size, 1, side, side), dtype=np.float32)
    y = random.integers(0, classes, batch_size)

    def step():
        optimizer.zero_grad()
        loss = loss_of(model(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"step": step}


steps = keras_steps() if framework == "keras" else pytorch_steps()


def timed(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


for run in steps.values():
    for _ in range(5):
        run()
print(json.dumps({}), flush=True)
for line in sys.stdin:
    print(json.dumps({name: [timed(run) for _ in range(int(line))] for name, run in steps.items()}), flush=True)
