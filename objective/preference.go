package objective

import (
	"math"
	"slices"
)

// PairLoss computes the loss of pairs of sequences, of which the policy is to
// prefer the first: of the batch's sequences 2i is chosen and 2i+1 rejected. It
// writes the derivatives dLogProb[j] = ∂loss/∂LogProb[j] and adds what it saw to
// s. Those of this package are immutable and safe for concurrent use.
//
// Of the batch it reads LogProb, Reference, Mask and Segment, row by row, and
// Weight, which has one element PER PAIR here: 1/P for the mean over P pairs. A
// batch may be cut between pairs.
//
// In the statistics the reward of a sequence is β times its log-ratio, the
// implicit reward of DPO, as the loss takes it: averaged where the loss averages.
//
// Pairs of weight zero and rows of mask zero are passed over, whatever stands
// there. Any other pair with a number that is not finite makes loss and
// statistics NaN, and the derivatives of its own rows. A sequence without rows
// that count has the log-ratio 0.
//
// It panics if lengths differ, the segments do not cover the rows or their number
// is odd.
//
// Source: Rafailov et al. 2023 (DPO), https://arxiv.org/abs/2305.18290, equation 7.
type PairLoss func(dLogProb []float32, b *Batch, s *PairStats) (loss float64)

// Preference is one of the losses over pairs, by name, as [Variant] is one of the
// surrogates. With the log-ratio of a sequence
//
//	Σ_j mask[j]·(LogProb[j] − Reference[j])    over its rows, or
//	that divided by Σ_j mask[j]                if Averages
//
// and h, the chosen sequence's less the rejected one's, the losses of a pair are
//
//	sigmoid, sigmoid-mean  (1−ε)·(−log σ(βh)) + ε·(−log σ(−βh))
//	robust                 ((1−ε)·(−log σ(βh)) − ε·(−log σ(−βh))) / (1−2ε)
//	hinge                  max(0, 1 − βh)
//	ipo, ipo-sum           (h − 1/(2β))²
//
// sigmoid is DPO, and with ε above 0 conservative DPO (cDPO): it stops where the
// policy is as sure as labels of which a share ε is wrong can make it. robust is
// right in the mean over such labels; with ε above 0 it has no least value.
//
// ipo averages, as TRL and AReaL do and as its authors have confirmed to TRL;
// ipo-sum takes the formula of the paper at its word, as OpenRLHF and ROLL do.
// Their β differ by a length.
//
// The zero value describes none. It is a plain value.
//
// Source: cDPO, Mitchell 2023, https://ericmitchell.ai/cdpo.pdf; robust,
// Chowdhury et al. 2024, https://arxiv.org/abs/2403.00409; hinge, Zhao et al. 2023
// (SLiC), https://arxiv.org/abs/2305.10425, on log-ratios; IPO, Azar et al. 2023,
// https://arxiv.org/abs/2310.12036, equation 17.
type Preference struct {
	Name     string // as settings and commands call it
	Meaning  string // one sentence
	Averages bool   // log-ratios are averaged over the rows of a sequence, not summed
	Smooths  bool   // it takes a share ε of wrong labels

	// New makes the loss with the coefficient β and the share ε of wrong labels.
	// It panics unless β is positive and finite and 0 ≤ ε < ½, or if ε is not 0
	// for a loss that does not take it.
	New func(beta, smoothing float64) PairLoss
}

// Preferences lists every loss over pairs there is.
func Preferences() []Preference { return slices.Clone(preferences) }

// FindPreference returns the loss of the given name, and whether there is one.
func FindPreference(name string) (Preference, bool) {
	for _, p := range preferences {
		if p.Name == name {
			return p, true
		}
	}
	return Preference{}, false
}

// preferences is the list. It is never written to.
var preferences = []Preference{
	preference("sigmoid", "DPO: the log-loss of telling chosen from rejected by their log-ratios.", false, true, smoothed),
	preference("sigmoid-mean", "DPO with log-ratios averaged over their tokens.", true, true, smoothed),
	preference("robust", "DPO made right in the mean over labels of which some are wrong.", false, true, robust),
	preference("hinge", "No loss, and no gradient, once the log-ratios are far enough apart.", false, false, hinge),
	preference("ipo", "IPO: the difference of averaged log-ratios is drawn to a fixed distance.", true, false, identity),
	preference("ipo-sum", "IPO as its paper writes it, with log-ratios summed over their tokens.", false, false, identity),
}

// pairTerm computes the loss of one pair and its derivative by h.
type pairTerm func(h, beta, smoothing float64) (loss, slope float64)

// smoothed is the log-loss with smoothed labels.
func smoothed(h, beta, smoothing float64) (loss, slope float64) {
	right, wrong := 1-smoothing, smoothing
	miss, missSlope := softplus(-beta * h)
	hit, hitSlope := softplus(beta * h)
	return float64(right*miss) + float64(wrong*hit), beta * (float64(wrong*hitSlope) - float64(right*missSlope))
}

// robust is the log-loss of which the mean over wrong labels is that of the right ones.
func robust(h, beta, smoothing float64) (loss, slope float64) {
	right, wrong := (1-smoothing)/(1-2*smoothing), smoothing/(1-2*smoothing)
	miss, missSlope := softplus(-beta * h)
	hit, hitSlope := softplus(beta * h)
	return float64(right*miss) - float64(wrong*hit), -beta * (float64(right*missSlope) + float64(wrong*hitSlope))
}

// hinge is flat from βh = 1 on, that point included.
func hinge(h, beta, _ float64) (loss, slope float64) {
	if beta*h >= 1 {
		return 0, 0
	}
	return 1 - float64(beta*h), -beta
}

// identity is the squared distance of h from 1/(2β).
func identity(h, beta, _ float64) (loss, slope float64) {
	off := h - 1/(2*beta)
	return off * off, 2 * off
}

// preference is a loss by its term.
func preference(name, meaning string, averages, smooths bool, of pairTerm) Preference {
	return Preference{Name: name, Meaning: meaning, Averages: averages, Smooths: smooths, New: func(beta, smoothing float64) PairLoss {
		switch {
		case !(beta > 0 && finite(beta)):
			panic("objective: coefficient of a preference loss must be above 0 and finite")
		case !(smoothing >= 0 && smoothing < 0.5):
			panic("objective: label smoothing must be at least 0 and below 0.5")
		case smoothing != 0 && !smooths:
			panic("objective: the preference loss takes no label smoothing")
		}
		return pairwise{of, averages, beta, smoothing}.loss
	}}
}

// pairwise is a loss over pairs with its settings. The zero value is of no use; it
// is immutable and safe for concurrent use.
type pairwise struct {
	of              pairTerm
	averages        bool
	beta, smoothing float64
}

// loss is the [PairLoss].
func (p pairwise) loss(dLogProb []float32, b *Batch, s *PairStats) (loss float64) {
	for i := range b.pairs(dLogProb) {
		chosen, rejected := b.logRatio(2*i, p.averages), b.logRatio(2*i+1, p.averages)
		w := float64(b.Weight[i])
		if w == 0 {
			chosen.write(dLogProb, b, 0)
			rejected.write(dLogProb, b, 0)
			continue
		}
		c, r := chosen.value, rejected.value
		if !finite(c) || !finite(r) || !finite(w) {
			c, r, w = math.NaN(), math.NaN(), math.NaN() // even where the term is flat
		}
		price, slope := p.of(c-r, p.beta, p.smoothing)
		loss += float64(w * price)
		chosen.write(dLogProb, b, w*slope)
		rejected.write(dLogProb, b, -w*slope)
		s.add(float64(p.beta*c), float64(p.beta*r), w, w*slope != 0)
	}
	return loss
}

// pairs returns the number of pairs and panics unless all slices agree.
func (b *Batch) pairs(dLogProb []float32) int {
	n := len(b.LogProb)
	if len(dLogProb) != n || len(b.Reference) != n || b.Mask != nil && len(b.Mask) != n {
		panic("objective: slices of the batch differ in length")
	}
	sequences := b.sequences(n)
	if sequences%2 != 0 || sequences != 2*len(b.Weight) {
		panic("objective: there must be two sequences for each weight of a pair")
	}
	return sequences / 2
}

// logRatio is the log-ratio of a sequence, and what its rows need to know of it.
type logRatio struct {
	first, end int     // the rows
	value, by  float64 // the sum divided by this
}

// logRatio returns that of sequence k.
func (b *Batch) logRatio(k int, average bool) logRatio {
	l := logRatio{by: 1}
	l.first, l.end = b.sequence(k)
	length := 0.0
	for j := l.first; j < l.end; j++ {
		if m := b.counts(j, 1); m != 0 {
			l.value += float64(m * (float64(b.LogProb[j]) - float64(b.Reference[j])))
			length += m
		}
	}
	if average && length != 0 {
		l.by = length
		l.value /= length
	}
	return l
}

// write writes the derivatives by the rows' log-probabilities, given that by the
// log-ratio.
func (l logRatio) write(dLogProb []float32, b *Batch, slope float64) {
	for j := l.first; j < l.end; j++ {
		dLogProb[j] = 0
		if m := b.counts(j, 1); m != 0 && slope != 0 {
			dLogProb[j] = float32(slope * m / l.by)
		}
	}
}
