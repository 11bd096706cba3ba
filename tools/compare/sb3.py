"""Trains Stable-Baselines3's PPO or A2C, or sb3-contrib's TRPO, on one task with
the preset of rl-baselines3-zoo, evaluates it, and writes one JSON file: the other
side of tools/compare.

    python tools/compare/sb3.py ENV [--algo ALGO] --seed S --out FILE.json [--steps N]

ALGO is ppo (default), a2c or trpo; ENV is one of those below PRESETS. --steps
replaces the preset's budget, for a quick trial.

What is in the file:

    env, algo, seed, versions
                          what ran
    budget                environment steps asked for
    steps                 environment steps taken: whole rollouts
    rollout               environment steps in one rollout
    seconds, cpu_seconds  of training alone: no imports, no evaluation; CPU time
                          of all threads
    return_mean, return_std, returns
                          100 episodes of the final policy, deterministic, with
                          the normaliser's statistics as training left them
    curve                 [step, return] of each training episode, undiscounted
                          and not normalised, at the step of the whole vector of
                          environments in which it ended

One process uses one core: torch has one thread and the environments are stepped
in a DummyVecEnv. Needs stable-baselines3, gymnasium[classic-control], for TRPO
sb3-contrib and for the lander gymnasium[box2d]; ran with Python 3.11,
stable-baselines3 2.9.2, sb3-contrib 2.9.2, gymnasium 1.4.0, torch 2.15.0.
"""

import argparse
import copy
import json
import os
import pathlib
import time

import gymnasium
import numpy as np
import stable_baselines3
import torch
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

EPISODES = 100  # of the final evaluation
EVALUATION_SEED = 1_000_000  # added to the run's seed: tasks that training has not seen


def linear(initial):
    """A schedule from initial to 0, as the zoo's: not clamped at its end."""
    return lambda remaining: remaining * initial


# The presets: (environments, steps, normalised, arguments of the algorithm). What
# is not named has the library's default. Source: rl-baselines3-zoo,
# hyperparams/ppo.yml, a2c.yml and trpo.yml.
LANDER = dict(n_steps=1024, batch_size=64, n_epochs=4, gamma=0.999, gae_lambda=0.98, ent_coef=0.01)
PPO_PRESETS = {
    "CartPole-v1": (8, 100_000, False, dict(
        n_steps=32, batch_size=256, n_epochs=20, gamma=0.98, gae_lambda=0.8, ent_coef=0.0,
        learning_rate=linear(1e-3), clip_range=linear(0.2),
    )),
    "MountainCar-v0": (16, 1_000_000, True, dict(
        n_steps=16, n_epochs=4, gamma=0.99, gae_lambda=0.98, ent_coef=0.0,
    )),
    "MountainCarContinuous-v0": (1, 20_000, True, dict(
        n_steps=8, batch_size=256, n_epochs=10, gamma=0.9999, gae_lambda=0.9, ent_coef=0.00429,
        learning_rate=7.77e-5, clip_range=0.1, max_grad_norm=5, vf_coef=0.19, use_sde=True,
        policy_kwargs=dict(log_std_init=-3.29, ortho_init=False),
    )),
    "Pendulum-v1": (4, 100_000, False, dict(
        n_steps=1024, n_epochs=10, gamma=0.9, gae_lambda=0.95, ent_coef=0.0,
        learning_rate=1e-3, clip_range=0.2, use_sde=True, sde_sample_freq=4,
    )),
    "Acrobot-v1": (16, 1_000_000, True, dict(
        n_steps=256, n_epochs=4, gamma=0.99, gae_lambda=0.94, ent_coef=0.0,
    )),
    "LunarLander-v3": (16, 1_000_000, False, LANDER),
    "LunarLanderContinuous-v3": (16, 1_000_000, False, LANDER),
}
A2C_PRESETS = {
    "CartPole-v1": (8, 500_000, False, dict(ent_coef=0.0)),
    "Pendulum-v1": (8, 1_000_000, True, dict(
        n_steps=8, gamma=0.9, gae_lambda=0.9, ent_coef=0.0, vf_coef=0.4, max_grad_norm=0.5,
        learning_rate=linear(7e-4), use_rms_prop=True, normalize_advantage=False, use_sde=True,
        policy_kwargs=dict(log_std_init=-2, ortho_init=False),
    )),
    "Acrobot-v1": (16, 500_000, True, dict(ent_coef=0.0)),
    "LunarLander-v3": (8, 200_000, False, dict(
        n_steps=5, gamma=0.995, ent_coef=0.00001, learning_rate=linear(0.00083),
    )),
}
TRPO_PRESETS = {
    "CartPole-v1": (2, 100_000, False, dict(
        n_steps=512, batch_size=512, gamma=0.99, gae_lambda=0.98, learning_rate=1e-3,
        n_critic_updates=20, cg_damping=1e-3,
    )),
    "MountainCar-v0": (2, 100_000, True, dict(n_steps=1024, n_critic_updates=20)),
    "MountainCarContinuous-v0": (2, 50_000, True, dict(n_steps=2048, use_sde=True, sde_sample_freq=4)),
    "Pendulum-v1": (2, 100_000, False, dict(
        n_steps=1024, gamma=0.9, n_critic_updates=15, use_sde=True, sde_sample_freq=4,
    )),
    "Acrobot-v1": (2, 100_000, True, dict(n_steps=1024)),
    "LunarLander-v3": (2, 200_000, False, dict(
        n_steps=512, gamma=0.99, gae_lambda=0.98, learning_rate=1e-3, n_critic_updates=15, cg_damping=0.01,
    )),
}
PRESETS = {"ppo": PPO_PRESETS, "a2c": A2C_PRESETS, "trpo": TRPO_PRESETS}


def algorithm(name):
    if name == "trpo":
        from sb3_contrib import TRPO

        return TRPO
    return {"ppo": PPO, "a2c": A2C}[name]


class Episodes(BaseCallback):
    """Collects [step, return] of the episodes that end in training."""

    def __init__(self):
        super().__init__()
        self.curve = []

    def _on_step(self):
        for info in self.locals["infos"]:
            if "episode" in info:
                self.curve.append([self.num_timesteps, float(info["episode"]["r"])])
        return True


def environments(name, count, seed):
    return make_vec_env(name, n_envs=count, seed=seed, vec_env_cls=DummyVecEnv)


def train(algo, name, seed, budget):
    """Returns the trained model, its learning curve, wall-clock and CPU seconds."""
    count, _, normalised, settings = PRESETS[algo][name]
    env = environments(name, count, seed)
    if normalised:
        env = VecNormalize(env, gamma=settings.get("gamma", 0.99))
    episodes = Episodes()
    model = algorithm(algo)("MlpPolicy", env, seed=seed, device="cpu", **settings)
    # Making the model is left out: torch imports a good part of itself then.
    began, began_cpu = time.perf_counter(), time.process_time()
    model.learn(budget, callback=episodes)
    return model, episodes.curve, time.perf_counter() - began, time.process_time() - began_cpu


def evaluate(model, name, seed):
    """Returns the returns of EPISODES deterministic episodes."""
    env = environments(name, 10, EVALUATION_SEED + seed)
    trained = model.get_vec_normalize_env()
    if trained is not None:
        env = VecNormalize(env, training=False, norm_reward=False)
        env.obs_rms = copy.deepcopy(trained.obs_rms)
    returns, _ = evaluate_policy(
        model, env, n_eval_episodes=EPISODES, deterministic=True, return_episode_rewards=True)
    return [float(r) for r in returns]


def main():
    parser = argparse.ArgumentParser(description="Trains Stable-Baselines3 on a task with the zoo's preset.")
    parser.add_argument("env")
    parser.add_argument("--algo", choices=PRESETS, default="ppo")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int, help="budget in place of the preset's")
    arguments = parser.parse_args()
    presets = PRESETS[arguments.algo]
    if arguments.env not in presets:
        parser.error(f"no preset of {arguments.algo} for {arguments.env}: there is one for {', '.join(presets)}")

    torch.set_num_threads(1)
    count, budget, _, _ = presets[arguments.env]
    budget = arguments.steps or budget
    model, curve, seconds, cpu_seconds = train(arguments.algo, arguments.env, arguments.seed, budget)
    returns = evaluate(model, arguments.env, arguments.seed)
    outcome = {
        "env": arguments.env,
        "algo": arguments.algo,
        "seed": arguments.seed,
        "versions": {
            "stable_baselines3": stable_baselines3.__version__,
            "gymnasium": gymnasium.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "budget": budget,
        "steps": model.num_timesteps,
        "rollout": count * model.n_steps,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "return_mean": float(np.mean(returns)),
        "return_std": float(np.std(returns)),
        "returns": returns,
        "curve": curve,
    }
    # Whole or not at all, so that an interrupted comparison can be resumed.
    unfinished = arguments.out.with_name(arguments.out.name + ".part")
    unfinished.write_text(json.dumps(outcome) + "\n")
    os.replace(unfinished, arguments.out)


if __name__ == "__main__":
    main()
