#!/usr/bin/env bash
# Times training with the presets of rl-baselines3-zoo: this program,
# Stable-Baselines3 and, if it is there, sbx, taking turns on one core.
#
#	tools/speed/run.sh [ROUNDS] [ENV…]
#
# Prints a table of the medians over the rounds, in environment steps for a
# second of processor time, and what that is of Stable-Baselines3's. PYTHON names
# the interpreter that has stable-baselines3 (default: python3), SBX the one that
# has sbx-rl (default: none).
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}
shift || true
[ $# -gt 0 ] || set -- CartPole-v1 Pendulum-v1 LunarLander-v3 BipedalWalker-v3

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CGO_ENABLED=0 go build -o "$folder/proximal" ./cmd/proximal

# Steps that this program is timed over: about as long as the others.
declare -A steps=([CartPole-v1]=100000 [Pendulum-v1]=102400 [LunarLander-v3]=262144 [BipedalWalker-v3]=262144)

for round in $(seq "$rounds"); do
	for env in "$@"; do
		GOMAXPROCS=1 "$folder/proximal" bench ppo "$env" --threads 1 --episodes 0 --steps "${steps[$env]}" --json >>"$folder/ours"
		"${PYTHON:-python3}" tools/speed/opponent.py sb3 "$env" 2>/dev/null >>"$folder/sb3"
		if [ -n "${SBX:-}" ]; then
			"$SBX" tools/speed/opponent.py sbx "$env" 2>/dev/null >>"$folder/sbx"
		fi
		echo "round $round: $env done" >&2
	done
done
"${PYTHON:-python3}" tools/speed/table.py "$folder" "$@"
