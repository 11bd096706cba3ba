package lm

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// packing holds the matrices of a model in the order in which products read them.
// It is made once for all products of a call and read by all workers.
type packing struct {
	model  *Model
	layers []packedLayer
	// The output matrix, as products with it need it on the way forward, [d,V], and
	// back, [V,d].
	head, headBack kernel.Packed

	extent extent
	task   func(task, worker int)
}

// extent says what is packed.
type extent struct {
	head   bool // the output matrix
	layers bool // the layers' matrices
	back   bool // of these, what the way back needs too
}

// packedLayer holds the matrices of one layer by group.
type packedLayer struct{ forward, back [groupNorm1]kernel.Packed }

// Packing a matrix costs about as much as the product of a few rows with it.
const (
	packRows = 64 // rows of a call for which the layers' matrices are packed
	fewRows  = 3  // so few rows are faster with the matrix as it is
)

func newPacking(m *Model) *packing {
	p := &packing{model: m, layers: make([]packedLayer, len(m.layers))}
	p.task = p.packOne
	return p
}

// prepare packs what is asked for.
func (p *packing) prepare(pool *parallel.Pool, what extent) {
	p.extent = what
	tasks := headTasks
	if what.layers {
		tasks += len(p.layers) * int(groupNorm1)
	}
	pool.For(tasks, p.task)
}

// headTasks is how many tasks pack the output matrix: one for each direction.
const headTasks = 2

// packOne packs one matrix: the output matrix for one direction, or a layer's for
// both.
func (p *packing) packOne(task, _ int) {
	m := p.model
	d, v := m.Config.Width, m.Config.Vocabulary
	if task < headTasks {
		switch {
		case task == 0 && p.extent.head:
			p.head.PackTransposed(m.head.Of(m.Parameters), d, v)
		case task == 1 && p.extent.head && p.extent.back:
			p.headBack.Pack(m.head.Of(m.Parameters), v, d)
		}
		return
	}
	task -= headTasks
	i, of := task/int(groupNorm1), group(task%int(groupNorm1))
	matrix, packed := m.layers[i].matrix(of), &p.layers[i]
	weight := matrix.weight.Of(m.Parameters)
	packed.forward[of].Pack(weight, matrix.in, matrix.out)
	if p.extent.back {
		packed.back[of].PackTransposed(weight, matrix.out, matrix.in)
	}
}

// multiply computes dst = x·weight + bias for rows rows and a matrix of layer i.
func (p *packing) multiply(i int, of group, dst, x []float32, rows int) {
	matrix, parameters := p.model.layers[i].matrix(of), p.model.Parameters
	if p.extent.layers && rows > fewRows {
		kernel.LinearPacked(dst, x, &p.layers[i].forward[of], matrix.biasOf(parameters), rows)
		return
	}
	kernel.Linear(dst, x, matrix.weight.Of(parameters), matrix.biasOf(parameters), rows, matrix.in, matrix.out)
}

// multiplyBack computes dx = dy·weightᵀ.
func (p *packing) multiplyBack(i int, of group, dx, dy []float32, rows int) {
	matrix := p.model.layers[i].matrix(of)
	if p.extent.layers && p.extent.back && rows > fewRows {
		kernel.LinearPacked(dx, dy, &p.layers[i].back[of], nil, rows)
		return
	}
	kernel.LinearInput(dx, dy, matrix.weight.Of(p.model.Parameters), rows, matrix.in, matrix.out)
}
