#!/usr/bin/env bash
# What TensorFlow 2.21.0 (CPU) gives for erf of large float64 numbers when it runs eagerly: NaN from about 1e155 on, and at
# infinity. erf is 1 there; in float32 TensorFlow has 1, and erfc has 0.
# Seen: erf [1.0, nan, nan] at 1e150, 1e160 and inf, erfc [0.0, 0.0, 0.0], float32 at 1e30 and inf [1.0, 1.0].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet tensorflow-cpu==2.21.0
cd "$folder"
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$folder/venv/bin/python" - <<'PYTHON'
import tensorflow as tf

print("tensorflow", tf.__version__)
places = tf.constant([1e150, 1e160, float("inf")], tf.float64)
small = tf.constant([1e30, float("inf")], tf.float32)
found = [str(values.numpy().tolist()) for values in (tf.math.erf(places), tf.math.erfc(places), tf.math.erf(small))]
print(found)
assert found == ["[1.0, nan, nan]", "[0.0, 0.0, 0.0]", "[1.0, 1.0]"], "changed"
PYTHON
