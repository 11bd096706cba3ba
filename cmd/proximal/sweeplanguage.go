package main

import "github.com/proximal-rl/proximal/study"

// sweepLanguage is what a sweep found of the language models of one variant: means
// over the runs. A figure is null if no run has it.
type sweepLanguage struct {
	AccuracySampled *float64 `json:"accuracy_sampled"`
	AccuracyGreedy  *float64 `json:"accuracy_greedy"`
	Pass4           *float64 `json:"pass_at_4"`
	Pass16          *float64 `json:"pass_at_16"`
	PairAccuracy    *float64 `json:"pair_accuracy"`
	KLReference     *float64 `json:"kl_reference"`
	ImitationLoss   *float64 `json:"imitation_loss"`
	Entropy         *float64 `json:"entropy"`
	ClipHigh        *float64 `json:"clip_fraction_high"`
	ClipLow         *float64 `json:"clip_fraction_low"`

	study *study.Language
}

// newSweepLanguage describes outcomes; nil if they are not of language models.
func newSweepLanguage(outcomes []study.Outcome) *sweepLanguage {
	l := study.MeanLanguage(outcomes)
	if l == nil {
		return nil
	}
	return &sweepLanguage{
		AccuracySampled: finite(l.Sampled), AccuracyGreedy: finite(l.Greedy), Pass4: finite(l.Pass4), Pass16: finite(l.Pass16),
		PairAccuracy: finite(l.Pairs), KLReference: finite(l.KL), ImitationLoss: finite(l.Imitated),
		Entropy: finite(l.Entropy), ClipHigh: finite(l.High), ClipLow: finite(l.Low),
		study: l,
	}
}

// language is the table of what the language models are like; nil if there is none.
// Columns without any figure are left out.
func (e *sweepEnvironment) language() [][]string {
	three := func(x float64) string { return significant(x) }
	columns := []struct {
		name   string
		format func(float64) string
		value  func(l *study.Language) float64
	}{
		{"right, sampled", percent, func(l *study.Language) float64 { return l.Sampled }},
		{"greedy", percent, func(l *study.Language) float64 { return l.Greedy }},
		{"pass@4", percent, func(l *study.Language) float64 { return l.Pass4 }},
		{"pass@16", percent, func(l *study.Language) float64 { return l.Pass16 }},
		{"pairs right", percent, func(l *study.Language) float64 { return l.Pairs }},
		{"KL to the reference", three, func(l *study.Language) float64 { return l.KL }},
		{"imitation loss", three, func(l *study.Language) float64 { return l.Imitated }},
		{"entropy", three, func(l *study.Language) float64 { return l.Entropy }},
		{"clipped high", percent, func(l *study.Language) float64 { return l.High }},
		{"low", percent, func(l *study.Language) float64 { return l.Low }},
	}
	table := [][]string{{"variant"}}
	for _, v := range e.Variants {
		if v.sweepLanguage != nil {
			table = append(table, []string{v.Name})
		}
	}
	if len(table) == 1 {
		return nil
	}
	for _, c := range columns {
		column, known := []string{c.name}, false
		for _, v := range e.Variants {
			if v.sweepLanguage != nil {
				text := orDash(c.format, c.value(v.sweepLanguage.study))
				column, known = append(column, text), known || text != "–"
			}
		}
		if !known {
			continue
		}
		for i := range table {
			table[i] = append(table[i], column[i])
		}
	}
	return table
}
