//go:build (amd64 || arm64) && !noasm

package kernel

// attendParts is attend by several calls of assembly for each query, for any width.
func (v vectors) attendParts(a *Attending, dst, top, inverse, score, query, keys, values []float32, lines Lines) {
	for i := range a.Queries {
		out, line, n := dst[i*lines.Dst:][:a.Width], score[i*a.ScoreLine():], a.Seen+i*a.Step
		v.scorePanels(line, query[i*lines.Query:][:a.Width], keys[i*lines.Key:], n)
		top[i] = v.max(line[:n])
		inverse[i] = 1 / v.expSum(line[:n], top[i])
		v.mixRows(out, line[:n], values[i*lines.Value:])
		for j, x := range out {
			out[j] = x * inverse[i]
		}
	}
}

// attendBackwardParts is attendBackward by several calls of assembly for each query,
// for any width.
func (v vectors) attendBackwardParts(a *Attended) {
	for i := range a.Queries {
		one := a.row(i)
		v.attendRowBackward(&one)
	}
}

// attendRowBackward is attendBackward of one query.
func (v vectors) attendRowBackward(a *Attended) {
	w, n := a.Width, a.Seen
	prob, d := a.Probability[:n], a.DScore[:n]
	v.scorePanels(a.Probability, a.Query, a.KeyPanels, n)
	v.scorePanels(a.DScore, a.DOut, a.ValuePanels, n)
	v.expSum(prob, a.Top[0])
	v.softmaxBack(prob, d, a.Inverse[0], v.dot(a.DOut, a.Out))
	v.mixRows(a.DQuery, d, a.Keys)
	for u := range prob {
		v.axpy(a.DKeys[u*w:][:w], d[u], a.Query)
		v.axpy(a.DValues[u*w:][:w], prob[u], a.DOut)
	}
}

// scorePanels computes the products of a row with all rows of the panels of n rows.
func (v vectors) scorePanels(dst, row, panels []float32, n int) {
	w := len(row)
	for u := 0; u < n; u += PanelRows {
		v.strip(&dst[u], nil, &row[0], &panels[u*w], PanelRows, 0, w, 1, PanelRows, 1, w, PanelRows, v.width(1), plain)
	}
}

// mixRows adds rows, each multiplied by its weight.
func (v vectors) mixRows(dst, weight, rows []float32) {
	w := len(dst)
	v.strip(&dst[0], nil, &weight[0], &rows[0], w, 0, len(weight), 1, w, 1, len(weight), w, v.width(1), plain)
}
