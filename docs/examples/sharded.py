"""Generated JAX code on a design matrix whose rows are spread over four simulated devices: python sharded.py"""

import os

EXPRESSIONS = {"least squares": "norm(X@w - y)**2", "logistic": "sum(softplus(X@w)) - y.T@X@w"}


def main():
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"  # before jax is imported
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    import matcalc as mc

    mesh = Mesh(np.array(jax.devices()), ("rows",))
    by_rows, copied = NamedSharding(mesh, PartitionSpec("rows")), NamedSharding(mesh, PartitionSpec())
    rng = np.random.default_rng(0)
    whole = {"X": rng.normal(size=(4000, 10)), "w": rng.normal(size=10), "y": 1.0 * (rng.random(4000) > 0.5)}
    placing = {"X": by_rows, "w": copied, "y": by_rows}
    arrays = {name: jax.device_put(np.float32(array), placing[name]) for name, array in whole.items()}
    print("X:", len(arrays["X"].sharding.device_set), "devices, on each", arrays["X"].addressable_shards[0].data.shape)
    for name, expression in EXPRESSIONS.items():
        derivative = mc.diff(expression, wrt="w")
        function = jax.jit(derivative.compile("jax").plain)
        _, gradient = function(**arrays)
        text = function.lower(**arrays).compile().as_text()
        right = np.allclose(gradient, derivative.evaluate(**whole), rtol=1e-3, atol=1e-2)
        print(f"{name}: gradient {gradient.shape} on {len(gradient.sharding.device_set)} devices, right: {right}")
        print(f"  sums over the devices: {'all-reduce' in text}, rows gathered: {'all-gather' in text}")


if __name__ == "__main__":
    main()
