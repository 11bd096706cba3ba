//go:build amd64 && !noasm

package kernel

func (v vectors) attend(a *Attending, dst, top, inverse, score, query, keys, values []float32, lines Lines) {
	switch {
	case a.Width%PanelRows != 0:
		v.attendParts(a, dst, top, inverse, score, query, keys, values, lines)
	case v == ofAVX512:
		attendAVX512(&dst[0], &top[0], &inverse[0], &score[0], &query[0], &keys[0], &values[0],
			a.Queries, a.Seen, a.Step, a.Width, lines.Dst, lines.Query, a.ScoreLine(), lines.Key, lines.Value)
	default:
		attendAVX2(&dst[0], &top[0], &inverse[0], &score[0], &query[0], &keys[0], &values[0],
			a.Queries, a.Seen, a.Step, a.Width, lines.Dst, lines.Query, a.ScoreLine(), lines.Key, lines.Value)
	}
}

func (v vectors) attendBackward(a *Attended) {
	switch {
	case a.Width%PanelRows != 0:
		v.attendBackwardParts(a)
	case v == ofAVX512:
		attendBackwardAVX512(&a.DQuery[0], &a.DKeys[0], &a.DValues[0], &a.Probability[0], &a.DScore[0], &a.DOut[0], &a.Out[0],
			&a.Query[0], &a.Keys[0], &a.Values[0], &a.KeyPanels[0], &a.ValuePanels[0], &a.Top[0], &a.Inverse[0],
			a.Queries, a.Seen, a.Step, a.Width, a.OutLine, a.ScoreLine(), a.QueryLine)
	default:
		attendBackwardAVX2(&a.DQuery[0], &a.DKeys[0], &a.DValues[0], &a.Probability[0], &a.DScore[0], &a.DOut[0], &a.Out[0],
			&a.Query[0], &a.Keys[0], &a.Values[0], &a.KeyPanels[0], &a.ValuePanels[0], &a.Top[0], &a.Inverse[0],
			a.Queries, a.Seen, a.Step, a.Width, a.OutLine, a.ScoreLine(), a.QueryLine)
	}
}
