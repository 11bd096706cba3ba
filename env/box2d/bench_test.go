package box2d_test

import (
	"testing"

	"github.com/proximal-rl/proximal/seed"
)

// benchmark steps a task with drawn actions, resets included.
func benchmark(b *testing.B, task string) {
	e := open(b, task)
	spec := e.Spec()
	obs, action := make([]float32, spec.Observation.Size()), make([]float32, spec.Action.Size())
	rng, actions := seed.New(0), seed.New(1)
	e.Reset(rng, obs)
	b.ReportAllocs()
	for b.Loop() {
		spec.Action.Sample(action, actions)
		if _, end := e.Step(action, obs); end.Ended() {
			e.Reset(rng, obs)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}

func BenchmarkLunarLander(b *testing.B)           { benchmark(b, "LunarLander-v3") }
func BenchmarkLunarLanderContinuous(b *testing.B) { benchmark(b, "LunarLanderContinuous-v3") }
func BenchmarkBipedalWalker(b *testing.B)         { benchmark(b, "BipedalWalker-v3") }
func BenchmarkBipedalWalkerHardcore(b *testing.B) { benchmark(b, "BipedalWalkerHardcore-v3") }
func BenchmarkCarRacing(b *testing.B)             { benchmark(b, "CarRacing-v3") }

// BenchmarkBipedalWalkers steps one walker on each processor.
func BenchmarkBipedalWalkers(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		e := open(b, "BipedalWalker-v3")
		obs, action := make([]float32, 24), make([]float32, 4)
		rng, actions := seed.New(0), seed.New(1)
		e.Reset(rng, obs)
		for pb.Next() {
			e.Spec().Action.Sample(action, actions)
			if _, end := e.Step(action, obs); end.Ended() {
				e.Reset(rng, obs)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
