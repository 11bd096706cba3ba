package nn

// MLP is a stack of linear layers, each followed by the activation. With no
// layers its result is its input. It is immutable and safe for concurrent use; what
// a walk through it leaves behind is in a Tape.
type MLP struct {
	Layers     []Linear
	Activation Activation
	in         int
}

// NewMLP adds a stack to the layout that maps rows of width in through layers
// of the given widths, named name.0, name.1, ….
func NewMLP(l *Layout, name string, in int, widths []int, a Activation) *MLP {
	m := &MLP{Activation: a, in: in}
	for i, out := range widths {
		m.Layers = append(m.Layers, NewLinear(l, layerName(name, i), in, out))
		in = out
	}
	return m
}

// Out is the width of the result rows.
func (m *MLP) Out() int {
	if len(m.Layers) == 0 {
		return m.in
	}
	return m.Layers[len(m.Layers)-1].Out
}

// Tape is the memory of one walk through an MLP: every layer's output, which
// Backward needs, and room for the gradients on the way back. It is used by
// one goroutine at a time.
type Tape struct {
	outputs [][]float32 // per layer [capacity, Out]
	deltas  [][]float32 // per layer [capacity, Out]: ∂loss/∂output, then ∂loss/∂(layer's sum)
}

// NewTape makes a tape for batches of up to capacity rows.
func (m *MLP) NewTape(capacity int) *Tape {
	t := &Tape{}
	for _, l := range m.Layers {
		t.outputs = append(t.outputs, make([]float32, capacity*l.Out))
		t.deltas = append(t.deltas, make([]float32, capacity*l.Out))
	}
	return t
}

// Forward returns the result rows [rows, Out] for x [rows, in]. They are part
// of the tape and valid until its next use; without layers they are x itself.
func (m *MLP) Forward(t *Tape, parameters, x []float32, rows int) []float32 {
	for i, l := range m.Layers {
		y := t.outputs[i][:rows*l.Out]
		l.ForwardActivated(y, parameters, x, rows, m.Activation)
		x = y
	}
	return x
}

// Delta returns the place for ∂loss/∂result, [rows, Out], which the caller
// fills before Backward, which overwrites it; nil if there are no layers.
func (m *MLP) Delta(t *Tape, rows int) []float32 {
	if len(m.Layers) == 0 {
		return nil
	}
	return t.deltas[len(m.Layers)-1][:rows*m.Out()]
}

// Backward walks back from the gradient in Delta, adds the gradient by every
// layer's parameters to dParameters and, unless dx is nil, writes the gradient
// by the input to dx [rows, in]. parameters, x and rows are those of the
// preceding Forward. Without layers it does nothing.
func (m *MLP) Backward(t *Tape, dx, dParameters, parameters, x []float32, rows int) {
	for i := len(m.Layers) - 1; i >= 0; i-- {
		l := m.Layers[i]
		delta := t.deltas[i][:rows*l.Out]
		m.Activation.Backward(delta, delta, t.outputs[i][:rows*l.Out])
		input, dInput := x, dx
		if i > 0 {
			input = t.outputs[i-1][:rows*l.In]
			dInput = t.deltas[i-1][:rows*l.In]
		}
		l.Backward(dInput, dParameters, delta, parameters, input, rows)
	}
}
