package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/study"
)

// randomEpisodes is how many episodes the policy that acts at random plays.
const randomEpisodes = 100

// sweepScore is a variant on the scale that environments have in common: the mean
// over all of its runs on all environments. The figures are null if it was not
// run, or has no score, on one of them.
type sweepScore struct {
	Name  string   `json:"name"`
	Score *float64 `json:"score"`
	Low   *float64 `json:"score_low"`
	High  *float64 `json:"score_high"`
}

// score works out all scores.
func (r *sweepReport) score(p *study.Plan, b study.Bootstrap) error {
	strata := map[string][][]float64{} // of variants: scores of the runs on each environment
	for i := range r.Environments {
		e := &r.Environments[i]
		if err := e.score(p); err != nil {
			return err
		}
		for _, v := range e.Variants {
			strata[v.Name] = append(strata[v.Name], v.scores)
		}
	}
	for _, v := range p.Variants {
		if slices.ContainsFunc(r.Scores, func(s sweepScore) bool { return s.Name == v.Name }) {
			continue // a variant that was described for each environment apart
		}
		s := sweepScore{Name: v.Name}
		runs := strata[v.Name]
		if all := slices.Concat(runs...); len(runs) == len(r.Environments) && !slices.ContainsFunc(all, math.IsNaN) {
			interval := b.Interval(study.Mean, runs)
			s.Score, s.Low, s.High = finite(study.Mean(all)), finite(interval.Low), finite(interval.High)
		}
		r.Scores = append(r.Scores, s)
	}
	return nil
}

// score works out the scores on one environment, the one that its first run has.
func (e *sweepEnvironment) score(p *study.Plan) error {
	at := slices.IndexFunc(p.Cells, func(c *study.Cell) bool { return c.Environment == e.Env })
	maker, err := catalog.Make(e.Env, p.Cells[at].Training().Environment.Options)
	if err != nil {
		return err
	}
	random, err := randomReturn(maker, randomEpisodes)
	if err != nil {
		return err
	}
	e.Random = &random
	returns := make([][]float64, len(e.Variants))
	for i, v := range e.Variants {
		for _, o := range v.outcomes {
			returns[i] = append(returns[i], o.Return)
		}
	}
	for i, scores := range study.Scores(returns, random) {
		e.Variants[i].scores = scores
		if !slices.ContainsFunc(scores, math.IsNaN) {
			e.Variants[i].Score = finite(study.Mean(scores))
		}
	}
	return nil
}

// randomReturn is the mean return of a policy that draws its actions evenly from
// the action space: of the episodes that "trace ENV --seed k --actions random"
// plays, k = 0 … episodes−1.
func randomReturn(maker env.Maker, episodes int) (float64, error) {
	e, err := maker()
	if err != nil {
		return 0, err
	}
	spec := e.Spec()
	obs, action := make([]float32, spec.Observation.Size()), make([]float32, spec.Action.Size())
	sum := 0.0
	for k := range episodes {
		choices := seed.New(uint64(k))
		e.Reset(seed.New(uint64(k)), obs)
		for end := env.Running; !end.Ended(); {
			spec.Action.Sample(action, choices)
			var reward float64
			reward, end = e.Step(action, obs)
			sum += reward
		}
	}
	return sum / float64(episodes), nil
}

// writeScores prints the scores of all variants.
func (r *sweepReport) writeScores(w io.Writer, markdown bool) {
	fmt.Fprint(w, "\nScores: 0 is a policy that acts at random, 1 the best variant\n\n")
	table := [][]string{{"variant"}}
	for _, s := range r.Scores {
		table = append(table, []string{s.Name})
	}
	for _, e := range r.Environments {
		table[0] = append(table[0], e.Env)
		for i, s := range r.Scores {
			table[i+1] = append(table[i+1], scoreOrDash(e.scoreOf(s.Name)))
		}
	}
	table[0] = append(table[0], "mean", "interval")
	for i, s := range r.Scores {
		interval := "–"
		if s.Score != nil {
			interval = scoreOrDash(s.Low) + " … " + scoreOrDash(s.High)
		}
		table[i+1] = append(table[i+1], scoreOrDash(s.Score), interval)
	}
	if markdown {
		printMarkdown(w, table)
	} else {
		printNamed(w, table)
	}
	var random []string
	for _, e := range r.Environments {
		value := e.format()(*e.Random)
		if markdown {
			value = strings.ReplaceAll(value, "-", "−")
		}
		random = append(random, value+" on "+e.Env)
	}
	fmt.Fprintf(w, "\nActing at random returns %s (mean of %s).\n", strings.Join(random, ", "), plural(randomEpisodes, "episode"))
}

// scoreOf is the score of a variant on the environment; nil if it has none there.
func (e *sweepEnvironment) scoreOf(name string) *float64 {
	for _, v := range e.Variants {
		if v.Name == name {
			return v.Score
		}
	}
	return nil
}

// scoreOrDash writes a score.
func scoreOrDash(score *float64) string {
	if score == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *score)
}
