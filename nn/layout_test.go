package nn_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/nn"
)

func TestLayoutDividesTheBlock(t *testing.T) {
	var l nn.Layout
	nn.NewMLP(&l, "actor", 3, []int{4, 2}, nn.Tanh)
	std := l.Add("log_std", 5)
	scalar := l.Add("scalar")

	type part struct {
		name   string
		shape  []int
		offset int
		size   int
	}
	want := []part{
		{"actor.0.weight", []int{3, 4}, 0, 12},
		{"actor.0.bias", []int{4}, 12, 4},
		{"actor.1.weight", []int{4, 2}, 16, 8},
		{"actor.1.bias", []int{2}, 24, 2},
		{"log_std", []int{5}, 26, 5},
		{"scalar", nil, 31, 1},
	}
	if l.Size() != 32 || len(l.Tensors()) != len(want) {
		t.Fatalf("%d tensors of %d elements, want %d of 32", len(l.Tensors()), l.Size(), len(want))
	}
	for i, tensor := range l.Tensors() {
		w := want[i]
		if tensor.Name != w.name || !slices.Equal(tensor.Shape, w.shape) || tensor.Offset != w.offset || tensor.Size() != w.size {
			t.Errorf("tensor %d is %+v of size %d, want %+v", i, tensor, tensor.Size(), w)
		}
	}

	block := make([]float32, l.Size())
	view := std.Of(block)
	view[0], view[4] = 1, 2
	if block[26] != 1 || block[30] != 2 || len(view) != 5 {
		t.Errorf("writes to the view of log_std did not arrive: %v", block)
	}
	if _ = append(view, 3); scalar.Of(block)[0] != 0 {
		t.Error("appending to a view overwrote the next tensor")
	}
}

func TestZeroLayoutIsEmpty(t *testing.T) {
	var l nn.Layout
	if l.Size() != 0 || len(l.Tensors()) != 0 {
		t.Errorf("a new layout has %d tensors of %d elements", len(l.Tensors()), l.Size())
	}
}

func TestTakenNamePanics(t *testing.T) {
	var l nn.Layout
	nn.NewLinear(&l, "head", 2, 3)
	wantPanic(t, "adding head.bias again", func() { l.Add("head.bias", 1) })
	wantPanic(t, "a second layer of the name", func() { nn.NewLinear(&l, "head", 2, 3) })
}
