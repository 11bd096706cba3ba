package kernel

func attendGeneric(a *Attending, dst, top, inverse, score, query, keys, values []float32, lines Lines) {
	for i := range a.Queries {
		out, own := dst[i*lines.Dst:][:a.Width], score[i*a.ScoreLine():][:a.Seen+i*a.Step]
		scorePanels(own, query[i*lines.Query:][:a.Width], keys[i*lines.Key:])
		top[i] = maxGeneric(own)
		inverse[i] = 1 / expSumGeneric(own, top[i])
		mixRows(out, own, values[i*lines.Value:])
		scaleGeneric(out, inverse[i])
	}
}

func attendBackwardGeneric(a *Attended) {
	for i := range a.Queries {
		one := a.row(i)
		attendRowBackward(&one)
	}
}

// attendRowBackward is attendBackward of one query.
func attendRowBackward(a *Attended) {
	w := a.Width
	prob, d := a.Probability[:a.Seen], a.DScore[:a.Seen]
	scorePanels(prob, a.Query, a.KeyPanels)
	scorePanels(d, a.DOut, a.ValuePanels)
	expSumGeneric(prob, a.Top[0])
	softmaxBackwardGeneric(prob, d, a.Inverse[0], dotGeneric(a.DOut, a.Out))
	mixRows(a.DQuery, d, a.Keys)
	for u := range prob {
		axpyGeneric(a.DKeys[u*w:][:w], d[u], a.Query)
		axpyGeneric(a.DValues[u*w:][:w], prob[u], a.DOut)
	}
}

// scorePanels computes the products of a row with those of panels.
func scorePanels(dst, row, panels []float32) {
	w := len(row)
	for u := range dst {
		var acc float32
		for j, v := range row {
			acc = FMA(v, panels[(u/PanelRows*w+j)*PanelRows+u%PanelRows], acc)
		}
		dst[u] = acc
	}
}

// mixRows adds rows, each multiplied by its weight.
func mixRows(dst, weight, rows []float32) {
	clear(dst)
	for u, p := range weight {
		axpyGeneric(dst, p, rows[u*len(dst):][:len(dst)])
	}
}
