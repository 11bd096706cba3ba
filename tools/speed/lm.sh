#!/usr/bin/env bash
# Times training steps and generation of language models: this program and PyTorch
# with transformers, taking turns.
#
#	tools/speed/lm.sh [ROUNDS] [WORK…]
#
# Works are those of "proximal bench lm". Prints a table of the medians over the
# rounds. PYTHON names the interpreter that has torch and transformers (default:
# python3), THREADS the numbers of threads (default: "1 2"), SECONDS_EACH how long
# each is measured in a round (default: 3).
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}
shift || true
[ $# -gt 0 ] || set -- train-gpt2 train-micro train-mini generate-mini generate-nano sft-nano
seconds=${SECONDS_EACH:-3}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CGO_ENABLED=0 go build -o "$folder/proximal" ./cmd/proximal

for round in $(seq "$rounds"); do
	for work in "$@"; do
		for threads in ${THREADS:-1 2}; do
			GOMAXPROCS=$threads "$folder/proximal" bench lm "$work" --threads "$threads" --seconds "$seconds" --json >>"$folder/ours"
			"${PYTHON:-python3}" tools/speed/lm.py "$work" --threads "$threads" --seconds "$seconds" 2>/dev/null >>"$folder/theirs"
		done
		echo "round $round: $work done" >&2
	done
done
"${PYTHON:-python3}" tools/speed/lmtable.py "$folder"
