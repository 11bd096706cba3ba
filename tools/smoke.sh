#!/usr/bin/env bash
# A short training from the command line, and what a user would do next.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

CGO_ENABLED=0 go build -o "$work/proximal" ./cmd/proximal
cd "$work"

./proximal version
./proximal train CartPole-v1 --steps 30000 --run smoke --json >train.json
grep -q '"episodes":100' train.json
mean=$(sed 's/.*"return_mean":\([0-9.]*\).*/\1/' train.json)
echo "mean return after 30,000 steps: $mean"
awk -v mean="$mean" 'BEGIN { exit !(mean > 195) }' || { echo "it has not learned"; exit 1; }

./proximal evaluate smoke --checkpoint best --episodes 5
./proximal plot smoke --out smoke.png
./proximal trace CartPole-v1 --seed 123 | head -n 2
test -s smoke.png -a -s smoke/curve.png -a -s smoke/summary.json

# The same seed on another number of threads gives the same bytes.
./proximal train CartPole-v1 --steps 3000 --seed 5 --threads 1 --run one --quiet
./proximal train CartPole-v1 --steps 3000 --seed 5 --threads 3 --run three --quiet
cmp one/checkpoints/last.safetensors three/checkpoints/last.safetensors

# Mistakes are answered in one line and with exit code 2.
if ./proximal train CartPol-v1 2>error.txt; then exit 1; else test $? -eq 2; fi
grep -q 'CartPole-v1' error.txt
if ./proximal train CartPole-v1 --run smoke 2>error.txt; then exit 1; fi
grep -q 'not empty' error.txt

# A language model: imitate, reinforce, look at it.
./proximal align sft copy --run imitated --json --set eval.every=0 --set eval.final_prompts=64 >sft.json
grep -q '"method":"sft"' sft.json
./proximal align grpo copy --from imitated --steps 10 --run reinforced --quiet --set eval.every=0 --set eval.final_prompts=64
./proximal evaluate reinforced --json | grep -q '"accuracy_sampled"'
./proximal generate reinforced --prompt "0123>" --n 2 --seed 1
./proximal score reinforced --tokens 1,2,3 --json | grep -q '"logprobs":\[null,'
./proximal tasks >tasks.txt && grep -q countdown tasks.txt
if ./proximal align grpo copi 2>error.txt; then exit 1; else test $? -eq 2; fi
grep -q 'copy' error.txt
echo "smoke test passed"
