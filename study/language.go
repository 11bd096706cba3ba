package study

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/record"
)

// Language is what is compared of a run that aligns a language model, besides what
// every run has. What was not measured is NaN. It is plain data.
type Language struct {
	Sampled, Greedy float64 // accuracy on held-out prompts
	Pass4, Pass16   float64 // probability that one of 4, of 16 completions is right
	KL              float64 // to the reference, in the final evaluation
	Imitated        float64 // mean negative log-probability of a token of held-out demonstrations
	Pairs           float64 // accuracy of a reward model
	Entropy         float64 // of the last update
	High, Low       float64 // fractions of tokens clipped, means over the updates
}

// readLanguage reads what summary.json and metrics.jsonl have of a language model;
// nil if the run is none.
func readLanguage(dir string, rows []record.Row) (*Language, error) {
	data, err := os.ReadFile(filepath.Join(dir, record.SummaryFile))
	if err != nil {
		return nil, fmt.Errorf("read summary: %w", err)
	}
	var s struct {
		Method   string             `json:"method"`
		Sampled  *float64           `json:"accuracy_sampled"`
		Greedy   *float64           `json:"accuracy_greedy"`
		PassAt   map[string]float64 `json:"pass_at_k"`
		KL       *float64           `json:"kl_reference"`
		Imitated *float64           `json:"imitation_loss"`
		Pairs    *float64           `json:"pair_accuracy"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", record.SummaryFile, dir, err)
	}
	if s.Method == "" {
		return nil, nil
	}
	l := &Language{
		Sampled: orNaN(s.Sampled), Greedy: orNaN(s.Greedy), KL: orNaN(s.KL), Imitated: orNaN(s.Imitated), Pairs: orNaN(s.Pairs),
		Pass4: math.NaN(), Pass16: math.NaN(), Entropy: math.NaN(),
	}
	if p, ok := s.PassAt["4"]; ok {
		l.Pass4 = p
	}
	if p, ok := s.PassAt["16"]; ok {
		l.Pass16 = p
	}
	var high, low []float64
	for _, row := range rows {
		if v, ok := row.Value(record.PolicyEntropy); ok {
			l.Entropy = v
		}
		if v, ok := row.Value(record.PolicyClipFractionHigh); ok {
			high = append(high, v)
		}
		if v, ok := row.Value(record.PolicyClipFractionLow); ok {
			low = append(low, v)
		}
	}
	l.High, l.Low = known(high, Mean), known(low, Mean)
	return l, nil
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

// MeanLanguage is the mean of what several runs have, NaN aside; nil if none of them
// is a language model's.
func MeanLanguage(outcomes []Outcome) *Language {
	var all []*Language
	for _, o := range outcomes {
		if o.Language != nil {
			all = append(all, o.Language)
		}
	}
	if len(all) == 0 {
		return nil
	}
	over := func(value func(l *Language) float64) float64 {
		var each []float64
		for _, l := range all {
			each = append(each, value(l))
		}
		return known(each, Mean)
	}
	return &Language{
		Sampled:  over(func(l *Language) float64 { return l.Sampled }),
		Greedy:   over(func(l *Language) float64 { return l.Greedy }),
		Pass4:    over(func(l *Language) float64 { return l.Pass4 }),
		Pass16:   over(func(l *Language) float64 { return l.Pass16 }),
		KL:       over(func(l *Language) float64 { return l.KL }),
		Imitated: over(func(l *Language) float64 { return l.Imitated }),
		Pairs:    over(func(l *Language) float64 { return l.Pairs }),
		Entropy:  over(func(l *Language) float64 { return l.Entropy }),
		High:     over(func(l *Language) float64 { return l.High }),
		Low:      over(func(l *Language) float64 { return l.Low }),
	}
}
