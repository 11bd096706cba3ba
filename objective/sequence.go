package objective

// sequential is a surrogate of whole sequences. The zero value is of no use; it
// is immutable and safe for concurrent use.
type sequential struct {
	formula // of the sequence's ratio

	// narrow keeps the log-ratio of one row in its range before the mean is
	// taken, and reports whether it was there.
	narrow   func(change, advantage float64) (narrowed float64, inside bool)
	ownRange bool // narrow does so from −Low to High, and the statistics are of the rows' own ratios
}

// surrogate is the loss of a batch, sequence by sequence. The ratio of one is
//
//	s = exp(Σ m·narrow(log r) / Σ m)
//
// over its rows with their masks m, 1 if that sum is 0. Each row adds its weight
// times the formula of s and its own advantage, and the derivative by its
// LogProb is the one through s of all the sequence's rows:
//
//	dLogProb[j] = −m[j]/Σ m · Σ_i weight[i]·s·slope[i], 0 where narrow holds
//
// So a row of weight zero whose mask is 1 does count for s and does have a
// derivative. A row of the statistics has the ratio of its sequence, but its own
// divergence.
func (q sequential) surrogate(s Settings) Surrogate {
	lowest, highest := s.bounds()
	if q.ownRange {
		lowest, highest = 1+expm1(-s.Low), 1+expm1(s.High)
	}
	return func(dLogProb []float32, b *Batch, seen *Stats) float64 {
		loss := 0.0
		for k := range b.sequences(b.rows(dLogProb)) {
			first, end := b.sequence(k)
			mean, length := q.mean(b, first, end)
			part, pull := q.sum(b, seen, first, end, mean, lowest, highest)
			q.spread(dLogProb, b, seen, first, end, pull, length)
			loss += part
		}
		return loss
	}
}

// mean returns the mean log-ratio of a sequence as a row, and the sum of the
// masks.
func (q *sequential) mean(b *Batch, first, end int) (mean row, length float64) {
	change := 0.0
	for i := first; i < end; i++ {
		w := float64(b.Weight[i])
		m := b.counts(i, w)
		if m == 0 {
			continue
		}
		r, _, _ := b.row(i, w)
		narrowed, _ := q.narrow(r.change, r.advantage)
		change += float64(m * narrowed)
		length += m
	}
	if length != 0 {
		change /= length
	}
	return row{ratio: 1 + expm1(change), change: change}, length
}

// sum returns the loss of a sequence and the derivative of it by the mean
// log-ratio, and adds the rows to the statistics.
func (q *sequential) sum(b *Batch, seen *Stats, first, end int, mean row, lowest, highest float64) (loss, pull float64) {
	for i := first; i < end; i++ {
		w := float64(b.Weight[i])
		if w == 0 {
			continue
		}
		own, excess, guarded := b.row(i, w)
		mean.advantage = own.advantage
		objective, gain := q.gain(q.of, mean, false)
		loss -= float64(w * objective)
		pull -= float64(w * gain)

		seen.divergence(own.change, excess, w)
		if !q.ownRange {
			own.ratio, own.change = mean.ratio, mean.change
		}
		seen.ratio(own, guarded, w, lowest, highest)
	}
	return loss, pull
}

// spread writes the derivatives of a sequence's rows.
func (q *sequential) spread(dLogProb []float32, b *Batch, seen *Stats, first, end int, pull, length float64) {
	for i := first; i < end; i++ {
		dLogProb[i] = 0
		w := float64(b.Weight[i])
		if m := b.counts(i, w); m != 0 && pull != 0 {
			r, _, guarded := b.row(i, w)
			if _, inside := q.narrow(r.change, r.advantage); inside && !guarded {
				dLogProb[i] = float32(pull * m / length)
			}
		}
		if w != 0 {
			seen.gradient(dLogProb[i] != 0, float64(b.Advantage[i]))
		}
	}
}

// curve is the surrogate of a sequence of one row.
func (q sequential) curve() Curve {
	whole := q.formula.curve()
	return func(ratio, advantage float64) (objective, slope float64) {
		narrowed, inside := q.narrow(log(ratio), advantage)
		if inside {
			return whole(ratio, advantage)
		}
		objective, _ = whole(1+expm1(narrowed), advantage)
		return objective, 0
	}
}
