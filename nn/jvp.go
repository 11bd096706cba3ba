package nn

import "github.com/proximal-rl/proximal/internal/kernel"

// JVP computes how the output of Forward changes, to first order, while the
// parameters move along v and the input along vx (a Jacobian-vector product):
//
//	dst[r,j] = v.bias[j] + Σ_k x[r,k]·v.weight[k,j] + Σ_k vx[r,k]·weight[k,j]
//
// v is a block like parameters, x [rows,In] as given to Forward, vx [rows,In] or
// nil if the input stays as it is. dst and room are [rows,Out] and overlap
// nothing; without vx, room is not used.
func (l Linear) JVP(dst, room, v, parameters, x, vx []float32, rows int) {
	kernel.Linear(dst, x, l.Weight.Of(v), l.Bias.Of(v), rows, l.In, l.Out)
	if vx != nil {
		kernel.Linear(room, vx, l.Weight.Of(parameters), nil, rows, l.In, l.Out)
		kernel.Add(dst, room)
	}
}

// Tangent is the memory of one JVP through an MLP. It is used by one goroutine
// at a time.
type Tangent struct {
	outputs [][]float32 // per layer [capacity, Out]
	room    []float32   // [capacity, widest Out]
}

// NewTangent makes a tangent for batches of up to capacity rows.
func (m *MLP) NewTangent(capacity int) *Tangent {
	t := &Tangent{}
	widest := 0
	for _, l := range m.Layers {
		t.outputs = append(t.outputs, make([]float32, capacity*l.Out))
		widest = max(widest, l.Out)
	}
	t.room = make([]float32, capacity*widest)
	return t
}

// JVP returns how the result rows of Forward change, to first order, while the
// parameters move along v, a block like them, and the input along vx [rows, in],
// or not at all if that is nil. parameters, x and rows are those of the preceding
// Forward on the tape, which stays as it is. The result is part of the tangent
// and valid until its next use; without layers it is vx itself.
func (m *MLP) JVP(t *Tangent, tape *Tape, v, parameters, x, vx []float32, rows int) []float32 {
	for i, l := range m.Layers {
		y, vy := tape.outputs[i][:rows*l.Out], t.outputs[i][:rows*l.Out]
		l.JVP(vy, t.room[:rows*l.Out], v, parameters, x, vx, rows)
		m.Activation.Backward(vy, vy, y) // a diagonal Jacobian is its own transpose
		x, vx = y, vy
	}
	return vx
}
