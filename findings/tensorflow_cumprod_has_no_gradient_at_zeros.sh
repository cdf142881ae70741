#!/usr/bin/env bash
# What TensorFlow 2.21.0 (CPU) gives for the gradient of sum(cumprod(x)) where an entry is 0: zeros, without a word. The
# function is x1 + x1*x2 + x1*x2*x3, whose gradient at [0, 2, 3] is [1 + 2 + 6, 0, 0]. reduce_prod has the right one there.
# Seen: cumprod [0.0, 0.0, 0.0], reduce_prod [6.0, 0.0, 0.0].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet tensorflow-cpu==2.21.0
cd "$folder"
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$folder/venv/bin/python" - <<'PYTHON'
import tensorflow as tf

print("tensorflow", tf.__version__)


def gradient(function):
    x = tf.Variable([0.0, 2.0, 3.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = function(x)
    return tape.gradient(value, x).numpy().tolist()


found = {"cumprod": gradient(lambda x: tf.reduce_sum(tf.math.cumprod(x))), "reduce_prod": gradient(tf.reduce_prod)}
print(found)
step = 1e-6
differences = [
    (float(tf.reduce_sum(tf.math.cumprod(tf.constant(up, tf.float64)))) - 0.0) / step
    for up in ([step, 2.0, 3.0], [0.0, 2.0 + step, 3.0], [0.0, 2.0, 3.0 + step])
]
print("differences of the function", [round(d, 4) for d in differences])
assert found == {"cumprod": [0.0, 0.0, 0.0], "reduce_prod": [6.0, 0.0, 0.0]}, "changed"
assert abs(differences[0] - 9) < 1e-4, "changed"
PYTHON
