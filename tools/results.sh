#!/usr/bin/env bash
# Repeats the score tables of docs/results.md: ten seeds of every preset, two
# runs at a time. results.sh [FOLDER] keeps the runs there (default: runs/results).
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-runs/results}
mkdir -p "$folder"
go build -o "$folder/proximal" ./cmd/proximal

for env in CartPole-v1 Pendulum-v1; do
	for seed in 0 1 2 3 4 5 6 7 8 9; do
		echo "$env $seed"
	done
done | xargs -P 2 -L 1 sh -c '
	"$0/proximal" train "$1" --seed "$2" --threads 1 --run "$0/$1-$2" --json >"$0/$1-$2.json" 2>/dev/null' "$folder"

for env in CartPole-v1 Pendulum-v1; do
	echo
	echo "| $env seed | return | ± | steps/s | seconds |"
	echo "|---|---|---|---|---|"
	for seed in 0 1 2 3 4 5 6 7 8 9; do
		sed -E 's/.*"seconds":([0-9.]+).*"steps_per_second":([0-9.]+),"return_mean":([-0-9.]+),"return_std":([0-9.]+).*/\3 \4 \2 \1/' \
			"$folder/$env-$seed.json" | awk -v seed="$seed" '{ printf "| %s | %.1f | %.1f | %.0f | %.1f |\n", seed, $1, $2, $3, $4 }'
	done
	"$folder/proximal" plot "$folder/$env"-? --out "$folder/$env.png"
done
