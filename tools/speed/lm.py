"""Times a work of language models in PyTorch with transformers, and prints one
JSON object: the other side of tools/speed/lm.sh.

    python tools/speed/lm.py WORK --threads N [--seconds S]

Works and sizes are those of "proximal bench lm". A training step is forward, the
mean cross-entropy of the tokens that are trained on, backward, the gradient
clipped to a norm of 1, and AdamW, fused. Generation is transformers' own, with a
cache of keys and values, sampling from all tokens. float32 on the processor; two
rounds are taken before the clock starts.

Needs torch and transformers. Ran with Python 3.11, torch 2.15.0, transformers
5.23.0.
"""

import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser(description="Times a work of language models in PyTorch.")
parser.add_argument("work")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=3.0)
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(arguments.threads)

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(arguments.threads)
torch.manual_seed(1)

SIZES = {"nano": (48, 2, 3, 128), "micro": (128, 4, 4, 352), "mini": (320, 6, 5, 864)}


def llama(name, vocabulary, context):
    width, layers, heads, hidden = SIZES[name]
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=context,
        rms_norm_eps=1e-5, tie_word_embeddings=True, bos_token_id=None, eos_token_id=None, pad_token_id=None))


def gpt2(context):
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=256, n_embd=128, n_layer=4, n_head=4, n_positions=context, resid_pdrop=0.0, embd_pdrop=0.0,
        attn_pdrop=0.0, bos_token_id=None, eos_token_id=None, pad_token_id=None))


# model, sequences, tokens of a prompt, tokens that follow, whether they are generated
WORKS = {
    "train-gpt2": (lambda n: gpt2(n), 8, 1, 128, False),
    "train-micro": (lambda n: llama("micro", 256, n), 8, 1, 128, False),
    "train-mini": (lambda n: llama("mini", 4096, n), 8, 1, 128, False),
    "generate-mini": (lambda n: llama("mini", 4096, n), 64, 32, 64, True),
    "generate-nano": (lambda n: llama("nano", 16, n), 512, 6, 6, True),
    "sft-nano": (lambda n: llama("nano", 16, n), 64, 6, 4, False),
}
if arguments.work not in WORKS:
    sys.exit(f"unknown work {arguments.work!r}: one of {', '.join(WORKS)}")
make, sequences, given, drawn, generates = WORKS[arguments.work]
model = make(given + drawn)
vocabulary = model.config.vocab_size


def generator():
    model.eval()
    prompts = torch.randint(vocabulary, (sequences, given))
    settings = dict(
        attention_mask=torch.ones_like(prompts), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
        max_new_tokens=drawn, min_new_tokens=drawn, use_cache=True, pad_token_id=0)

    def once():
        with torch.inference_mode():
            out = model.generate(prompts, **settings)
        assert out.shape == (sequences, given + drawn)

    return once


def trainer():
    model.train()
    tokens = torch.randint(vocabulary, (sequences, given + drawn))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)

    def once():
        logits = model(tokens[:, :-1], use_cache=False, logits_to_keep=drawn).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, given:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    return once


once = generator() if generates else trainer()
once()
once()
updates, cpu, start = 0, time.process_time(), time.perf_counter()
while updates == 0 or time.perf_counter() - start < arguments.seconds:
    once()
    updates += 1
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({
    "name": arguments.work, "threads": arguments.threads, "seconds": seconds, "cpu_seconds": cpu,
    "steps": updates * sequences * drawn, "updates": updates,
    "parameters": sum(p.numel() for p in model.parameters()),
}))
