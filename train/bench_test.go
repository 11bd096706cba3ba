package train

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
)

// BenchmarkUpdate is a rollout and the update after it, three ways side by side:
// bare, with a clip that counts nothing and without a row; as it is, with all
// statistics; and recorded, written to metrics.jsonl and for TensorBoard as well.
// What the last two add is reported in percent of the bare one, from the least
// processor time of each.
func BenchmarkUpdate(b *testing.B) {
	for _, task := range []struct {
		name   string
		maker  env.Maker
		change func(*PPO)
	}{
		{"CartPole", cartPole, func(c *PPO) {
			c.Rollout.Environments, c.Rollout.Steps, c.Minibatch, c.Epochs = 8, 32, 256, 20
		}},
		{"Pendulum", pendulum, func(c *PPO) {
			c.Rollout.Environments, c.Rollout.Steps, c.Minibatch, c.Epochs = 4, 1024, 64, 10
		}},
	} {
		b.Run(task.name, func(b *testing.B) {
			c := DefaultPPO()
			task.change(&c)
			bare, counted, recorded := newLearner(b, c, task.maker, 1), newLearner(b, c, task.maker, 1), newLearner(b, c, task.maker, 1)
			recorder, err := openRecordersIn(b)
			if err != nil {
				b.Fatal(err)
			}
			var row record.Row
			update := func(l *ppo) {
				row.Scalars, row.Histograms = row.Scalars[:0], row.Histograms[:0]
				if err := l.iterate(0.5, &row); err != nil {
					b.Fatal(err)
				}
			}
			ways := []func(){
				func() { updateBare(b, bare) },
				func() { update(counted) },
				func() {
					update(recorded)
					row.Step++
					if err := recorder.Record(row); err != nil {
						b.Fatal(err)
					}
				},
			}
			times := make([][]time.Duration, len(ways))
			for b.Loop() {
				for i, way := range ways {
					start := clock.CPU()
					way()
					times[i] = append(times[i], clock.CPU()-start)
				}
			}
			least := make([]float64, len(ways)) // other processes only add to it
			for i := range times {
				least[i] = float64(slices.Min(times[i]))
			}
			b.ReportMetric(least[0]/1e3, "bare-µs")
			b.ReportMetric(100*(least[1]/least[0]-1), "statistics-%")
			b.ReportMetric(100*(least[2]/least[0]-1), "recorded-%")
		})
	}
}

// openRecordersIn makes the recorders of a run in a folder of the benchmark.
func openRecordersIn(b *testing.B) (record.Recorder, error) {
	r, err := record.CreateFolder(filepath.Join(b.TempDir(), "run"), nil)
	if err == nil {
		b.Cleanup(func() { r.Close() })
	}
	return r, err
}

// updateBare is iterate without what is only looked at.
func updateBare(b *testing.B, l *ppo) {
	if err := l.collector.Fill(l.buffer); err != nil {
		b.Fatal(err)
	}
	x := l.buffer
	advantage.GAE(x.Advantage, x.Reward, x.Value, x.NextValue, x.Discount, x.Carry, x.N)
	advantage.Returns(x.Return, x.Advantage, x.Value)
	l.begin(0.5)
	l.terms.surrogate.Loss = bareClip
	if _, err := l.improve(); err != nil {
		b.Fatal(err)
	}
}

// bareClip is PPO's clip at 0.2 with its derivative, and nothing else.
func bareClip(dLogProb []float32, b *objective.Batch, _ *objective.Stats) (loss float64) {
	for i, a := range b.Advantage {
		ratio, w := float64(kernel.Exp1(b.LogProb[i]-b.OldLogProb[i])), float64(b.Weight[i])
		term, clipped := ratio*float64(a), min(max(ratio, 0.8), 1.2)*float64(a)
		dLogProb[i] = 0
		if term <= clipped {
			dLogProb[i] = float32(-w * term)
		}
		loss -= w * min(term, clipped)
	}
	return loss
}
