package kernel

func saturateGeneric(rounds int) (operations int) {
	var t tile
	var b panel
	half := []float32{0.5}
	for s := range b {
		b[s] = factors{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}
	}
	for range rounds {
		t.advance(half, 0, b[:], true)
	}
	return rounds * len(b) * len(t) * 2
}
