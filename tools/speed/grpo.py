"""Times a whole GRPO step of TRL on the task add: 64 prompts, 8 completions of each of
at most 5 tokens, one gradient step, float32.

	python tools/speed/grpo.py FOLDER [--threads 2] [--steps 20]

FOLDER is a model folder that "proximal align sft add" has made (checkpoints/last of a
run). Prints seconds a step, median after the first three. Compare with

	proximal align grpo add --from RUN --threads 2 --set grpo.epochs=1 \\
		--set grpo.draws=1 --set grpo.minibatch=0 --set eval.every=0 --set eval.final_prompts=0
"""

import argparse
import random
import statistics
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=20)
arguments = parser.parse_args()

import torch

torch.set_num_threads(arguments.threads)

from datasets import Dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

tokenizer = PreTrainedTokenizerFast.from_pretrained(arguments.folder, padding_side="left")
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModelForCausalLM.from_pretrained(arguments.folder, dtype=torch.float32)

random.seed(0)
prompts = [f"{random.randrange(10, 100)}+{random.randrange(10, 100)}=" for _ in range(64 * (arguments.steps + 1))]


def right(prompts, completions, **_):
    sums = [str(eval(prompt.replace(" ", "").rstrip("="))) for prompt in prompts]
    return [float(c.replace(" ", "") == s) for c, s in zip(completions, sums)]


class Clock(TrainerCallback):
    def __init__(self):
        self.times = []

    def on_step_end(self, *_, **__):
        self.times.append(time.perf_counter())


clock = Clock()
with tempfile.TemporaryDirectory() as out:
    trainer = GRPOTrainer(
        model=model, processing_class=tokenizer, reward_funcs=right,
        train_dataset=Dataset.from_dict({"prompt": prompts}), callbacks=[clock],
        args=GRPOConfig(
            output_dir=out, per_device_train_batch_size=512, num_generations=8, max_completion_length=5,
            max_steps=arguments.steps, learning_rate=1e-5, beta=0.0, report_to=[], save_strategy="no",
            logging_steps=10**6, use_cpu=True, bf16=False, gradient_checkpointing=False, disable_tqdm=True,
        ),
    )
    trainer.train()
steps = [b - a for a, b in zip(clock.times[2:], clock.times[3:])]
print(f"{statistics.median(steps):.4f} s a step, median of {len(steps)}, {arguments.threads} threads")
