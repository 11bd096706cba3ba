package lm_test

import (
	"context"
	"fmt"
	"os"

	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// counting returns a nano model that has learned to count up from any digit, and
// to stop with token 10 after the 9.
func counting(pool *parallel.Pool) *lm.Model {
	shape, err := lm.Sized("nano", 11, 16)
	if err != nil {
		panic(err)
	}
	model, err := lm.New(shape)
	if err != nil {
		panic(err)
	}
	model.Initialize(seed.New(1))

	var batch lm.Batch
	for first := range int32(9) {
		var text []int32
		for digit := first; digit <= 10; digit++ {
			text = append(text, digit)
		}
		batch.Append(text, 1)
	}
	pass := lm.NewPass(model, pool)
	gradient, dLogProb := make([]float32, len(model.Parameters)), make([]float32, batch.Results())
	for i := range dLogProb {
		dLogProb[i] = -1 / float32(len(dLogProb)) // of the mean negative log-probability
	}
	adam := optim.NewAdam(len(gradient), optim.DefaultAdamConfig())
	for range 60 {
		pass.Forward(&batch)
		clear(gradient)
		pass.Backward(gradient, dLogProb, nil, nil)
		adam.Step(model.Parameters, gradient, 3e-3, 1)
	}
	return model
}

// A model that counts, asked to go on from two prompts.
func ExampleGenerator() {
	pool := parallel.New(2)
	defer pool.Close()
	model := counting(pool)

	request := lm.Request{
		Prompts:  [][]int32{{3, 4}, {7}},
		Samples:  2,
		Sampling: lm.DefaultSampling(),
		Stop:     []int32{10},
		Seed:     1,
	}
	request.TopK = 1
	completions, err := lm.NewGenerator(model, pool).Generate(context.Background(), request)
	if err != nil {
		panic(err)
	}
	for _, c := range completions {
		fmt.Println(c.Tokens, c.Stopped)
	}
	// Output:
	// [5 6 7 8 9 10] true
	// [5 6 7 8 9 10] true
	// [8 9 10] true
	// [8 9 10] true
}

// How likely a model finds what it drew, and what somebody else wrote.
func ExamplePass() {
	pool := parallel.New(2)
	defer pool.Close()
	model := counting(pool)

	var batch lm.Batch
	batch.Append([]int32{2, 3, 4, 5}, 1)
	batch.Append([]int32{2, 3, 3, 3}, 2) // about the last two
	pass := lm.NewPass(model, pool)
	pass.Evaluate(&batch)
	for s := range batch.Sequences() {
		for i := batch.Segment[s]; i < batch.Segment[s+1]; i++ {
			fmt.Println("sequence", s, "token", batch.Next[i], "likely:", pass.LogProb[i] > -0.5)
		}
	}
	// Output:
	// sequence 0 token 3 likely: true
	// sequence 0 token 4 likely: true
	// sequence 0 token 5 likely: true
	// sequence 1 token 3 likely: false
	// sequence 1 token 3 likely: false
}

// A model in a folder that Hugging Face's transformers load too.
func ExampleModel_Save() {
	folder, err := os.MkdirTemp("", "model")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	shape, err := lm.Sized("nano", 11, 16)
	if err != nil {
		panic(err)
	}
	model, err := lm.New(shape)
	if err != nil {
		panic(err)
	}
	model.Initialize(seed.New(1))
	if err := model.Save(folder); err != nil {
		panic(err)
	}
	again, err := lm.Load(folder)
	if err != nil {
		panic(err)
	}
	fmt.Println(again.Config.Family, len(again.Parameters), again.Parameters[7] == model.Parameters[7])
	// Output: llama 56064 true
}

func ExampleSized() {
	_, err := lm.Sized("micra", 256, 128)
	fmt.Println(err)
	// Output: unknown model "micra"; did you mean micro?
}
