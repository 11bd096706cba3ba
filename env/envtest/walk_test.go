package envtest_test

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// walk is a random walk with every optional ability. It keeps the contract,
// except where its flaw says how it does not.
type walk struct {
	flaw string
	walkState
	rng      *seed.Rand
	instance int
	closed   bool
	kept     []float32 // memory of the caller, for flaws that hold on to it
	snapshot []byte    // the same for a snapshot
}

type walkState struct {
	position int
	steps    int
	luck     float64 // latest draw
}

// What flaws share among all instances.
var (
	instances int
	steps     int
	common    walkState
	single    = &walk{}
)

const walkLimit = 12

// newWalk makes a walk, or what the flaw says in its place.
func newWalk(flaw string) (env.Env, error) {
	switch flaw {
	case "maker returns nothing":
		return nil, nil
	case "maker fails":
		return nil, errors.New("no licence")
	}
	instances++
	if flaw == "maker has one instance" {
		return single, nil
	}
	return &walk{flaw: flaw, instance: instances}, nil
}

func (w *walk) Spec() env.Spec {
	s := env.Spec{
		ID:              "Walk",
		Observation:     space.NewBox([]float32{-1, 0, 0}, []float32{99, 1, 999}),
		Action:          space.NewDiscrete(3),
		MaxSteps:        walkLimit,
		RewardThreshold: env.NoThreshold(),
	}
	switch w.flaw {
	case "spec has no id":
		s.ID = ""
	case "spec has no action space":
		s.Action = nil
	case "spec has an impossible space":
		s.Observation = space.Discrete{}
	case "spec has a negative limit":
		s.MaxSteps = -1
	case "spec has an infinite threshold":
		s.RewardThreshold = math.Inf(1)
	case "spec changes":
		s.RewardThreshold = float64(w.steps)
	case "spec is another one in each instance":
		s.RewardThreshold = float64(w.instance)
	case "mask without numbered actions":
		s.Action = space.NewBox([]float32{0}, []float32{2})
	}
	return s
}

func (w *walk) Reset(rng *seed.Rand, obs []float32) {
	if w.flaw != "keeps the first generator" || w.rng == nil {
		w.rng = rng
	}
	position := w.position
	w.walkState = walkState{luck: w.rng.Float64()}
	switch w.flaw {
	case "reset keeps the position":
		w.position = position
	case "shares its state":
		common = w.walkState
	case "reset writes nothing":
		return
	}
	w.observe(obs)
}

func (w *walk) Step(action, obs []float32) (float64, env.Status) {
	switch w.flaw {
	case "panics":
		panic("walk: lost")
	case "shares its state":
		w.walkState = common
	case "keeps the action":
		if len(w.kept) > 0 && !(w.kept[0] >= 0) {
			w.position = 0
		}
		w.kept = action
	case "keeps the row":
		if len(w.kept) > 0 && w.kept[0] != float32(w.position) {
			w.position = 0
		}
		w.kept = obs
	case "reads the row":
		if obs[1] != 0 {
			w.position = 0
		}
	case "restore keeps the snapshot":
		if len(w.snapshot) > 0 {
			w.position = int(w.snapshot[0])
		}
		w.snapshot = nil
	case "allocates":
		w.kept = make([]float32, 100)
	}
	w.move(int(action[0]))
	if w.flaw == "changes the action" {
		action[0] = 0
	}
	w.observe(obs)
	common = w.walkState
	return w.reward(), w.end()
}

// move takes a step to the left, none, or one to the right.
func (w *walk) move(action int) {
	steps++
	w.steps++
	w.position += action - 1
	w.luck = w.rng.Float64()
	switch w.flaw {
	case "draws from elsewhere":
		w.luck = float64(steps%97) / 97
	case "ignores the seed":
		w.luck = 0.5
	}
}

func (w *walk) observe(obs []float32) {
	if w.flaw == "leaves an element" {
		obs[0], obs[2] = float32(w.position), float32(w.steps)
		return
	}
	if w.flaw == "leaves the last row" && w.steps == walkLimit {
		return
	}
	if w.flaw == "ignores the seed" {
		w.luck = 0.5
	}
	obs[0], obs[1], obs[2] = float32(w.position), float32(w.luck), float32(w.steps)
	switch {
	case w.flaw == "writes past the row":
		if row := obs[:cap(obs)]; len(row) > 3 {
			row[3] = 7
		}
	case w.flaw == "observes NaN" && w.steps == 5:
		obs[0] = float32(math.NaN())
	case w.flaw == "observes infinity" && w.steps == 5:
		obs[0] = float32(math.Inf(1))
	case w.flaw == "leaves its space" && w.steps == 5:
		obs[0] = 100
	}
}

func (w *walk) reward() float64 {
	if w.flaw == "reward is NaN" && w.steps == 5 {
		return math.NaN()
	}
	return float64(w.position) + w.luck
}

func (w *walk) end() env.Status {
	end := env.Running
	if w.luck > 0.97 {
		end |= env.Terminated
	}
	last := walkLimit
	switch w.flaw {
	case "has no limit":
		return end
	case "stops late":
		last++
	case "terminates at the limit":
		if w.steps >= last {
			return env.Terminated
		}
	case "has a third flag":
		if w.steps == 5 {
			return 4
		}
	}
	if w.steps >= last {
		end |= env.Truncated
	}
	return end
}

// Mask forbids to go further left than the start.
func (w *walk) Mask(dst []bool) {
	dst[0] = w.position > 0
	dst[1] = true
	if w.flaw == "mask is incomplete" {
		return
	}
	dst[2] = true
	if w.flaw == "mask is empty" && w.steps == 5 {
		clear(dst)
	}
}

func (w *walk) Snapshot() ([]byte, error) {
	if w.flaw == "snapshot fails" {
		return nil, errors.New("out of paper")
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(w.position))
	b = binary.LittleEndian.AppendUint64(b, uint64(w.steps))
	if w.flaw == "snapshot moves" {
		w.position++
	}
	return b, nil
}

func (w *walk) Restore(snapshot []byte, rng *seed.Rand) error {
	if len(snapshot) != 16 {
		if w.flaw == "restores what is cut off" {
			return nil
		}
		return errors.New("snapshot of a walk has 16 bytes")
	}
	w.position = int(binary.LittleEndian.Uint64(snapshot))
	w.steps = int(binary.LittleEndian.Uint64(snapshot[8:]))
	w.rng = rng
	switch w.flaw {
	case "restore forgets the steps":
		w.steps = 0
	case "restore keeps a generator":
		w.rng = seed.New(1)
	case "restore keeps the snapshot":
		w.snapshot = snapshot
	}
	return nil
}

func (w *walk) Figures() []string {
	if w.flaw == "figures share a name" {
		return []string{"way", "way"}
	}
	return []string{"way", "luck"}
}

func (w *walk) Report(dst []float64) {
	dst[0] = float64(w.position)
	if w.flaw != "leaves a figure" {
		dst[1] = math.NaN()
	}
}

func (w *walk) Frame() env.Frame {
	if w.flaw == "frame is empty" {
		return env.Frame{}
	}
	return env.Frame{Width: 4, Height: 3, Rate: 10}
}

func (w *walk) Render(dst *image.RGBA) {
	if w.flaw == "drawing draws" {
		w.rng.Float64()
	}
	for i := range dst.Pix {
		dst.Pix[i] = 0xff
	}
	if w.flaw == "draws what a snapshot lacks" {
		dst.Pix[0] = byte(255 * w.luck)
	}
	if w.flaw == "leaves a pixel" {
		dst.Set(2, 1, color.Transparent)
	}
}

func (w *walk) Err() error {
	if w.flaw == "reports a failure" {
		return errors.New("tired")
	}
	return nil
}

func (w *walk) Close() error {
	if w.closed && w.flaw == "closes only once" {
		return errors.New("is closed already")
	}
	w.closed = true
	return nil
}
