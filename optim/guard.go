package optim

// Guard is an undo button for updates: it keeps the parameters and the state of
// the optimiser as they were before an update, and how large the next try is to
// be. Whether an update is to be undone is for the caller to judge.
//
//	guard.Save(param, adam)
//	for {
//		update(guard.Scale()) // times the learning rate
//		if good() || !guard.Undo(param, adam) {
//			break
//		}
//	}
//
// When Undo returns false the tries are used up and the parameters are those of
// before: the update is given up.
//
// The zero value is not usable; call [NewGuard]. A Guard is used by one
// goroutine at a time.
type Guard struct {
	param, mean, square []float32
	steps               int
	halvings, limit     int
	undone              int
	saved               bool
}

// NewGuard returns a guard for n parameters that halves the step up to retries
// times. It panics if a number is negative.
func NewGuard(n, retries int) *Guard {
	if n < 0 || retries < 0 {
		panic("optim: number of parameters or of retries is negative")
	}
	return &Guard{
		param: make([]float32, n), mean: make([]float32, n), square: make([]float32, n),
		limit: retries,
	}
}

// Save copies the parameters and the state of their optimiser, and begins with a
// full step again. It allocates nothing. It panics if a length is not the number
// of parameters.
func (g *Guard) Save(param []float32, adam *Adam) {
	g.check(param, adam)
	copy(g.param, param)
	copy(g.mean, adam.mean)
	copy(g.square, adam.square)
	g.steps, g.halvings, g.saved = adam.steps, 0, true
}

// Undo puts back what Save has copied, bit for bit, whatever the update has made
// of it, and halves the step. It reports whether a retry is left. It allocates
// nothing. It panics if a length is not the number of parameters or nothing has
// been saved.
func (g *Guard) Undo(param []float32, adam *Adam) (again bool) {
	g.check(param, adam)
	if !g.saved {
		panic("optim: nothing has been saved")
	}
	copy(param, g.param)
	copy(adam.mean, g.mean)
	copy(adam.square, g.square)
	adam.steps = g.steps
	g.undone++
	if g.halvings == g.limit {
		return false
	}
	g.halvings++
	return true
}

// Scale returns the part of a full step that the next try is to take: 1, and
// half as much after every Undo since the last Save.
func (g *Guard) Scale() float64 {
	scale := 1.0
	for range g.halvings {
		scale /= 2
	}
	return scale
}

// Undone returns how many updates were undone since the guard was made.
func (g *Guard) Undone() int { return g.undone }

func (g *Guard) check(param []float32, adam *Adam) {
	if len(param) != len(g.param) || len(adam.mean) != len(g.param) {
		panic("optim: length of param is not the number of parameters")
	}
}
