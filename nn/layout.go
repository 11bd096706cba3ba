// Package nn holds network layers as pairs of forward and backward functions
// over flat float32 slices. There is no tape that records operations: a layer
// says what it computes and what the gradient of that is, side by side.
//
// All parameters of a network live in one block, a []float32, that a Layout
// divides into named tensors. The gradient and an optimiser's moments are
// blocks of the same layout, so that one loop serves them all.
//
// Matrices are row-major. A batch of B rows of width n is a slice of B·n
// elements. Forward results and input gradients of a row do not depend on the
// other rows of the batch, not even in the last bit.
package nn

// Layout divides a flat parameter block into named tensors. The zero value is
// an empty layout. It is built once; after that reading it is safe for
// concurrent use.
type Layout struct {
	tensors []Tensor
	size    int
}

// Tensor is a named part of a parameter block. It is plain data.
type Tensor struct {
	Name   string // unique in the layout, for example "actor.0.weight"
	Shape  []int  // row-major
	Offset int    // of its first element in the block
}

// Add appends a tensor and returns it. It panics if the name is taken.
func (l *Layout) Add(name string, shape ...int) Tensor {
	for _, t := range l.tensors {
		if t.Name == name {
			panic("nn: tensor name " + name + " is taken")
		}
	}
	t := Tensor{Name: name, Shape: shape, Offset: l.size}
	l.tensors = append(l.tensors, t)
	l.size += t.Size()
	return t
}

// Size is the number of elements of a block of this layout.
func (l *Layout) Size() int { return l.size }

// Tensors returns the parts in the order in which they were added. The caller
// must not change the slice.
func (l *Layout) Tensors() []Tensor { return l.tensors }

// Size is the number of elements.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Of returns the part of the block that belongs to t. It shares memory with
// the block.
func (t Tensor) Of(block []float32) []float32 {
	end := t.Offset + t.Size()
	return block[t.Offset:end:end]
}
