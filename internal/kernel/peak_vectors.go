//go:build (amd64 || arm64) && !noasm

package kernel

// pieceRounds is how many rounds one call of assembly is given at most: the
// goroutine cannot be interrupted in it.
const pieceRounds = 1 << 10

func (v vectors) saturate(rounds int) (operations int) {
	for left := rounds; left > 0; left -= pieceRounds {
		v.saturatePiece(min(left, pieceRounds))
	}
	return rounds * fmasOfRound * int(v) * 2
}
