#!/usr/bin/env bash
# Repeats the score tables of docs/results.md: ten seeds of every preset, two
# runs at a time. results.sh [FOLDER] keeps the runs there (default: runs/results).
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-runs/results}
mkdir -p "$folder"
go build -o "$folder/proximal" ./cmd/proximal

tasks="CartPole-v1 Pendulum-v1"
for env in $tasks; do
	for seed in 0 1 2 3 4 5 6 7 8 9; do
		echo "$env $seed"
	done
done | xargs -P 2 -L 1 sh -c '
	"$0/proximal" train "$1" --seed "$2" --threads 1 --run "$0/$1-$2" --json >"$0/$1-$2.json" 2>/dev/null' "$folder"

field() { sed -E "s/.*\"$1\":([-0-9.e+]+).*/\1/" "$2"; }

for env in $tasks; do
	printf '\n| %s, seed | mean return | ± | CPU seconds |\n|---|---|---|---|\n' "$env"
	for seed in 0 1 2 3 4 5 6 7 8 9; do
		file="$folder/$env-$seed.json"
		printf '| %s | %.1f | %.1f | %.1f |\n' "$seed" "$(field return_mean "$file")" "$(field return_std "$file")" \
			"$(field cpu_seconds "$file")"
	done
	"$folder/proximal" plot "$folder/$env"-? --out "$folder/$env.png"
done
