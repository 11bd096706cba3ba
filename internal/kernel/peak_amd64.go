//go:build amd64 && !noasm

package kernel

// One round of the assembly is fmasOfRound vectors; a call takes pieceRounds at
// most, because the goroutine cannot be interrupted in it.
const (
	fmasOfRound = 14 * 4
	pieceRounds = 1 << 10
)

func (v vectors) saturate(rounds int) (operations int) {
	for left := rounds; left > 0; left -= pieceRounds {
		if v == ofAVX512 {
			saturateAVX512(min(left, pieceRounds))
		} else {
			saturateAVX2(min(left, pieceRounds))
		}
	}
	return rounds * fmasOfRound * int(v) * 2
}
