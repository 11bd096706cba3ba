#!/usr/bin/env bash
# Trains this program (seeds 0–9) and Stable-Baselines3 (seeds 0–4) with the same
# presets: the runs that "go run ./tools/compare FOLDER" makes a table of. ALGO is
# the algorithm (default: ppo; a2c, or trpo, which is sb3-contrib's); each needs a
# FOLDER of its own.
#
#	tools/compare/run.sh FOLDER PROCESSES ENV…
#
# PROCESSES trainings run at a time, each on one thread and with nice. What is
# finished is not run again, so the script can be stopped and started at will.
# FOLDER gets
#
#	ours/ENV-SEED/      run folders
#	sb3/ENV-SEED.json   what sb3.py writes
#	logs/               what the trainings printed
#
# PYTHON names the interpreter that has stable-baselines3 (default: python3);
# OURS and SB3 are the seeds of each side, empty to leave it out.
set -euo pipefail
if [ $# -lt 3 ]; then
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
fi
mkdir -p "$1"
export FOLDER=$(cd "$1" && pwd) PYTHON=${PYTHON:-python3} ALGO=${ALGO:-ppo}
processes=$2
shift 2
cd "$(dirname "$0")/../.."
mkdir -p "$FOLDER"/{ours,sb3,logs}
CGO_ENABLED=0 go build -o "$FOLDER/proximal" ./cmd/proximal

# The evaluations on the way are switched off: both sides are timed in training
# alone, and evaluate the final policy. What an interrupted run left makes way.
ours() {
	local out=$FOLDER/ours/$1-$2
	rm -rf "$out"
	"$FOLDER/proximal" train "$1" --algo "$ALGO" --seed "$2" --threads 1 --set eval.every=0 --run "$out" --json
}

sb3() {
	OMP_NUM_THREADS=1 "$PYTHON" tools/compare/sb3.py "$1" --algo "$ALGO" --seed "$2" --out "$FOLDER/sb3/$1-$2.json"
}

# one SIDE ENV SEED: tells how it went, and leaves the details to the log.
one() {
	if "$1" "$2" "$3" >"$FOLDER/logs/$1-$2-$3.log" 2>&1; then
		echo "done    $1 $2 seed $3"
	else
		echo "FAILED  $1 $2 seed $3: see $FOLDER/logs/$1-$2-$3.log" >&2
		return 1
	fi
}
export -f ours sb3 one

for env in "$@"; do
	for seed in ${SB3-0 1 2 3 4}; do
		test -e "$FOLDER/sb3/$env-$seed.json" || echo "sb3 $env $seed"
	done
	for seed in ${OURS-0 1 2 3 4 5 6 7 8 9}; do
		test -e "$FOLDER/ours/$env-$seed/summary.json" || echo "ours $env $seed"
	done
done | nice xargs -r -P "$processes" -L 1 bash -c 'one "$@"' one
