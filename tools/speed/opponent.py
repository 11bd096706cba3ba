"""Times the training of Stable-Baselines3's or sbx's PPO on one task with the
preset of rl-baselines3-zoo, and prints one JSON object: the other side of
tools/speed.

    python tools/speed/opponent.py sb3|sbx ENV [--steps N]

The clock starts after the second rollout, so that imports, compilation and the
first calls of every function are not counted. One thread; no evaluation.

sb3 needs stable-baselines3, sbx needs sbx-rl; both gymnasium[box2d]. Ran with
Python 3.11, stable-baselines3 2.9.2, torch 2.15.0, sbx-rl 0.28.0, jax 0.10.2,
gymnasium 1.4.0.
"""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize


def linear(initial):
    return lambda remaining: max(remaining, 0.0) * initial


# (environments, normalised, steps to time, arguments of PPO). What is not named
# has Stable-Baselines3's default. Source: rl-baselines3-zoo, hyperparams/ppo.yml.
PRESETS = {
    "CartPole-v1": (8, False, 20_000, dict(
        n_steps=32, batch_size=256, n_epochs=20, gamma=0.98, gae_lambda=0.8,
        learning_rate=linear(1e-3), clip_range=linear(0.2))),
    "Pendulum-v1": (4, False, 16_384, dict(
        n_steps=1024, n_epochs=10, gamma=0.9, gae_lambda=0.95,
        learning_rate=1e-3, use_sde=True, sde_sample_freq=4)),
    "LunarLander-v3": (16, False, 49_152, dict(
        n_steps=1024, batch_size=64, n_epochs=4, gamma=0.999, gae_lambda=0.98, ent_coef=0.01)),
    "BipedalWalker-v3": (32, True, 65_536, dict(
        n_steps=2048, batch_size=64, n_epochs=10, gamma=0.999, gae_lambda=0.95, clip_range=0.18)),
}


class Clock(BaseCallback):
    """Starts after the second rollout with its update."""

    def __init__(self):
        super().__init__()
        self.rollouts = 0

    def _on_rollout_start(self):
        if self.rollouts == 2:
            self.steps, self.wall, self.cpu = self.num_timesteps, time.perf_counter(), time.process_time()
        self.rollouts += 1

    def _on_step(self):
        return True


def main():
    parser = argparse.ArgumentParser(description="Times PPO of another library.")
    parser.add_argument("library", choices=["sb3", "sbx"])
    parser.add_argument("env", choices=PRESETS)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()

    count, normalised, steps, settings = PRESETS[arguments.env]
    steps = arguments.steps or steps
    if arguments.library == "sb3":
        import torch
        from stable_baselines3 import PPO
        torch.set_num_threads(1)
        settings["device"] = "cpu"
    else:
        from sbx import PPO
    env = make_vec_env(arguments.env, n_envs=count, seed=1, vec_env_cls=DummyVecEnv)
    if normalised:
        env = VecNormalize(env, gamma=settings["gamma"])
    model = PPO("MlpPolicy", env, seed=1, **settings)
    clock = Clock()
    model.learn(2 * count * settings["n_steps"] + steps, callback=clock)
    wall, cpu = time.perf_counter() - clock.wall, time.process_time() - clock.cpu
    print(json.dumps({
        "library": arguments.library, "env": arguments.env,
        "steps": model.num_timesteps - clock.steps, "seconds": wall, "cpu_seconds": cpu,
    }))


if __name__ == "__main__":
    main()
